#include "scan/lexicon.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace feimu::scan {

namespace {

constexpr std::uint32_t kMagic = 0x584C4D46;  // "FMLX"
constexpr std::uint32_t kVersion = 3 << 16 | kNormaliserVersion;

enum Section : std::uint32_t {
  writtenAutomaton = 0x10,
  spokenAutomaton = 0x20,
  entriesSection = 1,
  textsSection = 2,
  writtenStartsSection = 3,
  spokenStartsSection = 4,
};
constexpr std::uint32_t kAutomatonParts = 5;

constexpr std::uint8_t kAlsoDisguised = 2;  // severity
constexpr std::size_t kMinReversed = 3;
constexpr std::size_t kMinSpoken = 2;
/// Characters that are no letters between two of a word.
constexpr std::uint8_t kMaxGap = 3;
constexpr std::size_t kMarked = 32;
/// Units of a word that is too short to be known by its other characters.
constexpr std::size_t kShort = 2;

bool isDigit(char16_t unit) { return unit >= u'0' && unit <= u'9'; }
bool isLetter(char16_t unit) { return unit >= u'a' && unit <= u'z'; }
bool isAscii(char16_t unit) { return isDigit(unit) || isLetter(unit); }
/// One goes on where the other ends, as in a longer word or number.
bool joined(char16_t left, char16_t right) {
  return (isLetter(left) && isLetter(right)) || (isDigit(left) && isDigit(right));
}

void addAutomaton(SectionWriter& writer, std::uint32_t id, const AutomatonView& view) {
  writer.add(id, view.codes);
  writer.add(id + 1, view.cells);
  writer.add(id + 2, view.words);
  writer.add(id + 3, view.pairs);
  writer.add(id + 4, view.singles);
}

AutomatonView readAutomaton(const SectionFile& file, std::uint32_t id) {
  static_assert(kAutomatonParts == 5);
  return {file.section<std::uint16_t>(id), file.section<Cell>(id + 1), file.section<WordEnd>(id + 2),
          file.section<std::uint64_t>(id + 3), file.section<std::uint64_t>(id + 4)};
}

bool isSame(const LexiconEntry& a, const LexiconEntry& b, std::u16string_view texts) {
  return a.kind == b.kind && a.category == b.category && a.whole == b.whole && a.form == b.form &&
         texts.substr(a.text, a.textLength) == texts.substr(b.text, b.textLength);
}

/// Words to be, their units one after the other.
struct Collected {
  std::u16string units;
  struct Word {
    std::uint32_t start, size;
    LexiconEntry entry;
  };
  std::vector<Word> words;

  std::u16string_view unitsOf(const Word& word) const {
    return std::u16string_view(units).substr(word.start, word.size);
  }
  void add(std::u16string_view word, const LexiconEntry& entry) {
    words.push_back({static_cast<std::uint32_t>(units.size()), static_cast<std::uint32_t>(word.size()), entry});
    units.append(word);
  }
  /// Sorts, drops what is there twice, and returns the automaton over the different ones with where the entries of each start.
  std::pair<Automaton, std::vector<std::uint32_t>> compile(std::u16string_view texts, std::vector<LexiconEntry>& entries) {
    std::vector<std::uint32_t> order(words.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto key = [&](std::uint32_t i) {
      const auto& entry = words[i].entry;
      return std::tuple(texts.substr(entry.text, entry.textLength), entry.kind, entry.category, entry.whole,
                        entry.form, 3 - entry.severity, entry.list);
    };
    std::sort(order.begin(), order.end(), [&](auto a, auto b) {
      const int units = unitsOf(words[a]).compare(unitsOf(words[b]));
      return units != 0 ? units < 0 : key(a) < key(b);
    });
    std::vector<std::u16string_view> different;
    std::vector<std::uint32_t> starts;
    const Word* before = nullptr;
    for (const auto i : order) {
      const Word& word = words[i];
      if (!before || unitsOf(*before) != unitsOf(word)) {
        different.push_back(unitsOf(word));
        starts.push_back(static_cast<std::uint32_t>(entries.size()));
      } else if (isSame(before->entry, word.entry, texts)) {
        continue;  // of the same, the severest comes first
      }
      before = &word;
      entries.push_back(word.entry);
    }
    starts.push_back(static_cast<std::uint32_t>(entries.size()));
    return {buildAutomaton(different), std::move(starts)};
  }
};

bool startsFit(std::span<const std::uint32_t> starts, std::size_t words, std::size_t entries) {
  if (starts.size() != words + 1 || starts.back() > entries) return false;
  bool bad = false;
  for (std::size_t at = 1; at < starts.size(); at++) bad |= starts[at - 1] > starts[at];
  return !bad;
}

/// Whether the word stands at these units as its entry demands.
bool stands(const LexiconEntry& entry, const MatchText& text, std::size_t first, std::size_t end) {
  const auto& origins = text.origins;
  if (entry.whole && (first != 0 || end != text.units.size())) return false;
  if (entry.form == WordForm::spoken) {
    bool typed = false;
    for (std::size_t at = first; at < end; at++) {
      typed |= origins[at].typed;
      if (at > first && origins[at].gap > kMaxGap) return false;
    }
    return typed;
  }
  const bool bounded = !(entry.flags & kInside);
  if (bounded && isAscii(text.units[first]) && first > 0 && origins[first].gap == 0 && joined(text.units[first - 1], text.units[first])) {
    return false;
  }
  if (bounded && isAscii(text.units[end - 1]) && end < text.units.size() && origins[end].gap == 0 &&
      joined(text.units[end - 1], text.units[end])) {
    return false;
  }
  if (bounded && entry.numbers == Numbers::alone) {
    if (first > 0 && origins[first].gap == 0 && isAscii(text.units[first - 1])) return false;
    if (end < text.units.size() && origins[end].gap == 0 && isAscii(text.units[end])) return false;
  }
  bool asWritten = true;
  bool apart = true;
  for (std::size_t at = first; at < end; at++) {
    const std::size_t nth = at - first;
    const bool marked = nth < kMarked;
    if (marked && (entry.runs >> nth & 1) && origins[at].run < 2) return false;
    if (entry.numbers != Numbers::alike && nth < 8 && origins[at].numeral != ((entry.numerals >> nth & 1) != 0)) return false;
    if (nth == 0) continue;
    if (origins[at].gap > kMaxGap) return false;
    asWritten &= (marked && (entry.gaps >> nth & 1)) == (origins[at].gap > 0);
    apart &= origins[at].gap > 0;
  }
  // "f u c k" and "as written", but not "wal ki ng".
  return !(entry.flags & kOfAscii) || asWritten || apart;
}

}  // namespace

Lexicon::Built Lexicon::build(std::span<const WordGroup> groups, std::uint64_t stamp) {
  Built built{};
  Collected written, spoken;
  std::u16string texts;
  MatchText match;
  for (const WordGroup& group : groups) {
    std::u16string_view rest = group.words;
    while (!rest.empty()) {
      const std::size_t line = std::min(rest.find(u'\n'), rest.size());
      std::u16string_view word = rest.substr(0, line);
      rest.remove_prefix(std::min(line + 1, rest.size()));
      if (word.empty()) continue;
      const std::u16string_view asListed = word;
      const bool whole = word.size() > 1 && word.front() == u'=';
      if (whole) word.remove_prefix(1);
      normalise(word.substr(0, 4 * kMaxWord), match);
      if (match.units.empty() || match.units.size() > kMaxWord || word.size() > 4 * kMaxWord) {
        built.refused.emplace_back(asListed.substr(0, kMaxWord));
        continue;
      }
      LexiconEntry entry{};
      entry.text = static_cast<std::uint32_t>(texts.size());
      entry.textLength = static_cast<std::uint16_t>(word.size());
      entry.list = group.list;
      entry.category = group.category;
      entry.severity = group.severity;
      entry.kind = group.kind;
      entry.whole = whole;
      const bool ascii = std::all_of(match.units.begin(), match.units.end(), isAscii);
      entry.flags = static_cast<std::uint8_t>((ascii ? kOfAscii : 0) | (group.inside ? kInside : 0));
      for (std::size_t at = 0; at < match.units.size() && at < kMarked; at++) {
        if (match.origins[at].run > 1) entry.runs |= 1U << at;
        if (at > 0 && match.origins[at].gap > 0) entry.gaps |= 1U << at;
      }
      const auto digits = std::count_if(match.units.begin(), match.units.end(), isDigit);
      if (digits == static_cast<std::ptrdiff_t>(match.units.size())) entry.numbers = Numbers::alone;
      else if (digits > 0 && match.units.size() <= kShort) entry.numbers = Numbers::exact;
      for (std::size_t at = 0; at < match.units.size() && at < 8; at++) {
        if (match.origins[at].numeral) entry.numerals = static_cast<std::uint8_t>(entry.numerals | 1U << at);
      }
      texts.append(word);
      written.add(match.text(), entry);
      built.words++;
      if (group.kind != WordKind::word || group.severity < kAlsoDisguised || ascii || whole) continue;
      if (match.units.size() >= kMinReversed) {
        LexiconEntry backwards = entry;
        backwards.form = WordForm::reversed;
        backwards.runs = backwards.gaps = 0;
        written.add(std::u16string(match.units.rbegin(), match.units.rend()), backwards);
      }
      const auto syllables = syllablesOf(match.text());
      if (syllables.size() >= kMinSpoken) {
        LexiconEntry said = entry;
        said.form = WordForm::spoken;
        said.runs = said.gaps = 0;
        spoken.add({syllables.data(), syllables.size()}, said);
      }
    }
  }
  std::vector<LexiconEntry> entries;
  const auto [writtenWords, writtenStarts] = written.compile(texts, entries);
  const auto [spokenWords, spokenStarts] = spoken.compile(texts, entries);
  SectionWriter writer(kMagic, kVersion, stamp);
  addAutomaton(writer, writtenAutomaton, writtenWords.view());
  addAutomaton(writer, spokenAutomaton, spokenWords.view());
  writer.add(entriesSection, std::span<const LexiconEntry>(entries));
  writer.add(textsSection, std::span<const char16_t>(texts));
  writer.add(writtenStartsSection, std::span<const std::uint32_t>(writtenStarts));
  writer.add(spokenStartsSection, std::span<const std::uint32_t>(spokenStarts));
  built.bytes = writer.finish();
  return built;
}

Lexicon::Opened Lexicon::open(const std::string& path) { return from(SectionFile::open(path, kMagic, kVersion)); }

Lexicon::Opened Lexicon::of(std::vector<std::byte> bytes) {
  return from(SectionFile::of(std::move(bytes), kMagic, kVersion));
}

Lexicon::Opened Lexicon::from(SectionFile::Opened opened) {
  if (!opened.file) return {nullptr, opened.problem};
  std::shared_ptr<Lexicon> lexicon(new Lexicon);
  lexicon->file_ = std::move(opened.file);
  const SectionFile& file = *lexicon->file_;
  lexicon->written_ = readAutomaton(file, writtenAutomaton);
  lexicon->spoken_ = readAutomaton(file, spokenAutomaton);
  lexicon->entries_ = file.section<LexiconEntry>(entriesSection);
  lexicon->texts_ = file.section<char16_t>(textsSection);
  lexicon->writtenStarts_ = file.section<std::uint32_t>(writtenStartsSection);
  lexicon->spokenStarts_ = file.section<std::uint32_t>(spokenStartsSection);
  const auto& entries = lexicon->entries_;
  bool sound = lexicon->written_.isSound() && lexicon->spoken_.isSound() &&
               startsFit(lexicon->writtenStarts_, lexicon->written_.words.size(), entries.size()) &&
               startsFit(lexicon->spokenStarts_, lexicon->spoken_.words.size(), entries.size());
  const std::uint64_t texts = lexicon->texts_.size();
  for (const LexiconEntry& entry : entries) {
    sound &= (std::uint64_t{entry.text} + entry.textLength <= texts) & (entry.kind <= WordKind::allowed) &
             (entry.form <= WordForm::spoken) & (entry.numbers <= Numbers::alone);
  }
  if (!sound) return {nullptr, SectionFile::Problem::damaged};
  return {std::move(lexicon), SectionFile::Problem::none};
}

std::u16string_view Lexicon::text(std::uint32_t number) const {
  const LexiconEntry& entry = entries_[number];
  return {texts_.data() + entry.text, entry.textLength};
}

void Lexicon::find(const MatchText& match, const MatchText& sound, std::vector<Hit>& out) const {
  const auto look = [&](const AutomatonView& automaton, std::span<const std::uint32_t> starts, const MatchText& text) {
    automaton.scan(text.text(), [&](std::uint32_t word, std::size_t first, std::size_t end) {
      for (std::uint32_t number = starts[word]; number < starts[word + 1]; number++) {
        if (!stands(entries_[number], text, first, end)) continue;
        out.push_back({number, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end),
                       text.origins[first].start, text.origins[end - 1].end});
      }
    });
  };
  look(written_, writtenStarts_, match);
  if (!sound.units.empty()) look(spoken_, spokenStarts_, sound);
}

void WordBook::find(const MatchText& match, const MatchText& sound, std::vector<Found>& out) const {
  thread_local std::vector<Hit> hits;
  out.clear();
  const auto look = [&](const Lexicon* lexicon, std::span<const std::uint64_t> gone) {
    if (!lexicon) return;
    hits.clear();
    lexicon->find(match, sound, hits);
    for (const Hit& hit : hits) {
      if (hit.entry / 64 >= gone.size() || !(gone[hit.entry / 64] >> (hit.entry % 64) & 1)) out.push_back({lexicon, hit});
    }
  };
  look(base.get(), removed);
  look(own.get(), removedOwn);
  look(added.get(), {});
  if (out.empty()) return;
  const auto isAllowed = [](const Found& found) { return found.lexicon->entry(found.hit.entry).kind == WordKind::allowed; };
  const auto middle = std::partition(out.begin(), out.end(), isAllowed);
  const auto cancelled = std::remove_if(middle, out.end(), [&](const Found& found) {
    return std::any_of(out.begin(), middle, [&](const Found& allowed) {
      return allowed.hit.start <= found.hit.start && found.hit.end <= allowed.hit.end;
    });
  });
  out.erase(cancelled, out.end());
  out.erase(out.begin(), middle);
  std::stable_sort(out.begin(), out.end(), [](const Found& a, const Found& b) { return a.hit.start < b.hit.start; });
}

}  // namespace feimu::scan
