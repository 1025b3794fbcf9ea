#include "scan/normaliser.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "scan/fold-tables.h"

namespace feimu::scan {

namespace {

using namespace tables;

constexpr std::uint8_t kMost = 255;
/// Numbers of syllables as units: above ASCII.
constexpr char16_t kFirstSyllable = 0x100;
constexpr std::size_t kLongestSyllable = 6;
/// A longer run of Latin letters is no pinyin that anybody reads.
constexpr std::size_t kLongestTyped = 96;

bool isLatin(char16_t unit) { return unit >= u'a' && unit <= u'z'; }
bool isHighSurrogate(char16_t unit) { return (unit & 0xFC00) == 0xD800; }
bool isLowSurrogate(char16_t unit) { return (unit & 0xFC00) == 0xDC00; }

std::uint8_t more(std::uint8_t count) { return count == kMost ? kMost : static_cast<std::uint8_t>(count + 1); }

bool isNumeral(char32_t point) { return point == 0x3007 || (point >= 0x4E00 && point <= 0x9FFF); }

/// Appends a letter, or lengthens the run that it goes on with.
void put(MatchText& out, char16_t unit, std::uint32_t start, std::uint32_t end, std::uint8_t gap, bool numeral = false) {
  if (!out.units.empty() && out.units.back() == unit) {
    out.origins.back().end = end;
    out.origins.back().run = more(out.origins.back().run);
    return;
  }
  out.units.push_back(unit);
  out.origins.push_back({start, end, gap, 1, false, numeral});
}

std::uint16_t soundOf(char16_t unit) {
  return unit >= 0x4E00 && unit <= 0x9FFF ? kSounds[unit - 0x4E00] : std::uint16_t{0};
}

std::uint16_t syllable(std::string_view letters) {
  static const auto numbers = [] {
    std::unordered_map<std::string_view, std::uint16_t> all;
    for (std::size_t i = 0; i < kSyllableCount; i++) all.emplace(kSyllables[i], static_cast<std::uint16_t>(i + 1));
    return all;
  }();
  const auto found = numbers.find(letters);
  return found == numbers.end() ? std::uint16_t{0} : found->second;
}

/// The fewest syllables that the letters are made of, from the left the longest first; empty when they are no pinyin.
std::vector<std::pair<std::uint16_t, std::uint8_t>> parsePinyin(std::string_view letters) {
  const std::size_t size = letters.size();
  if (size > kLongestTyped) return {};
  struct Step {
    std::uint8_t count, length;
    std::uint16_t syllable;
  };
  std::array<Step, kLongestTyped + 1> best{};
  for (auto& step : best) step.count = kMost;
  best[size] = {0, 0, 0};
  for (std::size_t at = size; at-- > 0;) {
    for (std::size_t length = std::min(kLongestSyllable, size - at); length >= 1; length--) {
      const Step& rest = best[at + length];
      if (rest.count == kMost || rest.count + 1 >= best[at].count) continue;
      if (const auto number = syllable(letters.substr(at, length))) {
        best[at] = {static_cast<std::uint8_t>(rest.count + 1), static_cast<std::uint8_t>(length), number};
      }
    }
  }
  std::vector<std::pair<std::uint16_t, std::uint8_t>> parsed;
  if (best[0].count == kMost) return parsed;
  for (std::size_t at = 0; at < size; at += best[at].length) parsed.push_back({best[at].syllable, best[at].length});
  return parsed;
}

}  // namespace

void normalise(std::u16string_view text, MatchText& out) {
  out.clear();
  std::uint8_t gap = 0;
  for (std::uint32_t at = 0; at < text.size();) {
    const std::uint32_t start = at;
    char32_t point = text[at++];
    if (isHighSurrogate(text[start])) {
      if (at == text.size() || !isLowSurrogate(text[at])) continue;
      point = 0x10000 + ((point & 0x3FF) << 10) + (text[at++] & 0x3FFU);
    } else if (isLowSurrogate(text[start])) {
      continue;
    }
    const std::uint16_t fold = kFolds[kPages[point >> 8] * 256U + (point & 255)];
    if (fold == kGoes) continue;
    if (fold == kParts) {
      gap = more(gap);
      continue;
    }
    if (fold == kItself) {
      put(out, text[start], start, at, gap);
      put(out, text[start + 1], start, at, 0);
    } else if (fold >= kSequence && fold <= 0xF8FF) {
      const char16_t* sequence = kSequences + kSequenceStarts[fold - kSequence];
      for (char16_t i = 1; i <= sequence[0]; i++) put(out, sequence[i], start, at, i == 1 ? gap : std::uint8_t{0});
    } else {
      put(out, static_cast<char16_t>(fold), start, at, gap, fold <= u'9' && isNumeral(point));
    }
    gap = 0;
  }
}

void soundOut(const MatchText& match, MatchText& out) {
  out.clear();
  const auto& units = match.units;
  const auto typed = [&](std::size_t at) { return isLatin(units[at]); };
  bool any = false;
  for (std::size_t at = 1; at < units.size() && !any; at++) {
    any = typed(at - 1) && typed(at) && match.origins[at].gap == 0;
  }
  if (!any) return;
  const auto add = [&](char16_t unit, std::size_t first, std::size_t last, bool byLetters) {
    out.units.push_back(unit);
    out.origins.push_back({match.origins[first].start, match.origins[last].end, match.origins[first].gap, 1, byLetters, false});
  };
  for (std::size_t at = 0; at < units.size();) {
    if (!typed(at)) {
      const std::uint16_t sound = soundOf(units[at]);
      add(sound ? static_cast<char16_t>(kFirstSyllable + sound) : units[at] < 0x80 ? units[at] : u'\0', at, at, false);
      at++;
      continue;
    }
    std::size_t end = at + 1;
    while (end < units.size() && typed(end) && match.origins[end].gap == 0) end++;
    std::string letters;
    std::vector<std::size_t> from;  // letter → unit
    for (std::size_t i = at; i < end; i++) {
      for (int times = 0; times < std::min<int>(match.origins[i].run, 2); times++) {
        letters.push_back(static_cast<char>(units[i]));
        from.push_back(i);
      }
    }
    const auto parsed = parsePinyin(letters);
    std::size_t letter = 0;
    for (const auto& [number, length] : parsed) {
      add(static_cast<char16_t>(kFirstSyllable + number), from[letter], from[letter + length - 1], true);
      letter += length;
    }
    if (parsed.empty()) {
      for (std::size_t i = at; i < end; i++) add(units[i], i, i, false);
    }
    at = end;
  }
}

std::vector<char16_t> syllablesOf(std::u16string_view normalised) {
  std::vector<char16_t> syllables;
  for (const char16_t unit : normalised) {
    const std::uint16_t sound = soundOf(unit);
    if (sound == 0) return {};
    syllables.push_back(static_cast<char16_t>(kFirstSyllable + sound));
  }
  return syllables;
}

}  // namespace feimu::scan
