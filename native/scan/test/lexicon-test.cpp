#include "scan/lexicon.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "testing/check.h"

using namespace feimu::scan;

namespace {

std::shared_ptr<const Lexicon> lexiconOf(std::vector<WordGroup> groups) {
  auto [lexicon, problem] = Lexicon::of(Lexicon::build(groups, 5).bytes);
  CHECK(problem == SectionFile::Problem::none);
  return lexicon;
}

/// What is found, as it stands in the text.
std::multiset<std::u16string> found(const WordBook& book, std::u16string_view text) {
  MatchText match, sound;
  std::vector<WordBook::Found> all;
  normalise(text, match);
  soundOut(match, sound);
  book.find(match, sound, all);
  std::multiset<std::u16string> parts;
  for (const auto& [lexicon, hit] : all) parts.insert(std::u16string(text.substr(hit.start, hit.end - hit.start)));
  return parts;
}
using Parts = std::multiset<std::u16string>;

const WordBook book{lexiconOf({
                        {u"坏东西\n坏蛋\nass\nkill you\n=呵\n加v\n99a", 1, 2, 2, WordKind::word},
                        {u"小事", 1, 3, 1, WordKind::word},
                        {u"坏蛋糕\n小事一桩", 1, 0, 1, WordKind::allowed},
                    }),
                    nullptr,
                    {}};

void findsWordsInDisguise() {
  CHECK(found(book, u"你这坏蛋！") == Parts{u"坏蛋"});
  CHECK(found(book, u"坏、蛋 壞🎉蛋") == (Parts{u"坏、蛋", u"壞🎉蛋"}));
  CHECK(found(book, u"坏坏坏蛋蛋") == Parts{u"坏坏坏蛋蛋"});
  CHECK(found(book, u"坏————蛋").empty());  // too far apart
  CHECK(found(book, u"西东坏") == Parts{u"西东坏"});
  CHECK(found(book, u"蛋坏").empty());
  CHECK(found(book, u"是huai蛋哦 坏dan") == (Parts{u"huai蛋", u"坏dan"}));
  CHECK(found(book, u"怀旦").empty());  // not typed
}

void knowsWhereWordsEnd() {
  CHECK(found(book, u"asss a-s-s") == (Parts{u"asss", u"a-s-s"}));
  CHECK(found(book, u"as class assume").empty());
  CHECK(found(book, u"kill you, KILL  YOU") == (Parts{u"kill you", u"KILL  YOU"}));
  CHECK(found(book, u"kil lyou skill you kill young").empty());
  CHECK(found(book, u"呵") == Parts{u"呵"} && found(book, u"呵!") == Parts{u"呵"} && found(book, u"呵，好").empty());
  CHECK(found(book, u"➕v 加vip") == Parts{u"➕v"});
  CHECK(found(book, u"299a 99a99") == Parts{u"99a"});
}

void findsWordsWithinOthersWhereTold() {
  const auto of = [](bool inside) { return lexiconOf({{u"ass\n12\n加q", 0, 1, 1, WordKind::word, inside}}); };
  const WordBook bounded{of(false), nullptr, {}}, inside{of(true), nullptr, {}};
  for (const auto text : {u"class", u"8123", u"加qa"}) {
    CHECK(found(bounded, text).empty());
    CHECK(found(inside, text).size() == 1);
  }
  CHECK(found(bounded, u"ass 12 加q").size() == 3 && found(inside, u"ass 12 加q").size() == 3);
}

void tellsNumeralsFromDigits() {
  const WordBook numbers{lexiconOf({{u"机八\n六四\n8964\n一夜情", 1, 1, 2, WordKind::word}}), nullptr, {}};
  CHECK(found(numbers, u"手机8 机八") == Parts{u"机八"});
  CHECK(found(numbers, u"arm64 64 六四 六十四 六四三") == Parts{u"六四"});
  CHECK(found(numbers, u"18964 8964年 a8964 八九六四") == Parts{u"8964"});
  CHECK(found(numbers, u"1夜情 一夜情 ①夜·情") == (Parts{u"1夜情", u"一夜情", u"①夜·情"}));
}

void allowsPhrases() {
  CHECK(found(book, u"坏蛋糕").empty());
  CHECK(found(book, u"坏蛋吃坏蛋糕") == Parts{u"坏蛋"});
  CHECK(found(book, u"小事一桩，小事") == Parts{u"小事"});
}

void keepsWhatItWasMadeOf() {
  const auto lexicon = lexiconOf({{u"坏蛋\n坏蛋\n……\n" + std::u16string(300, u'a'), 7, 2, 3, WordKind::word}});
  CHECK(lexicon->stamp() == 5);
  CHECK(lexicon->size() == 2);  // and in pinyin
  CHECK(lexicon->text(0) == u"坏蛋" && lexicon->entry(0).list == 7 && lexicon->entry(0).severity == 3);
  CHECK(Lexicon::build(std::vector<WordGroup>{{u"……\n好", 0, 0, 1, WordKind::word}}, 0).refused.size() == 1);
}

// A book that was edited finds what one finds that was made of what is in it at last.
void editingEqualsBuildingAnew() {
  std::mt19937 random(4);
  const auto word = [&] {
    std::u16string made;
    for (std::size_t size = 1 + random() % 3; made.size() < size;) made.push_back(static_cast<char16_t>(u'甲' + random() % 5));
    return made;
  };
  const auto groupsOf = [](const std::set<std::u16string>& words) {
    std::u16string lines;
    for (const auto& one : words) lines += one + u"\n";
    return std::vector<WordGroup>{{lines, 0, 1, 1, WordKind::word}};
  };
  for (int round = 0; round < 300; round++) {
    std::set<std::u16string> first, added, now;
    while (first.size() < 12) first.insert(word());
    WordBook edited{lexiconOf(groupsOf(first)), nullptr, {}};
    now = first;
    for (int edit = 0; edit < 8; edit++) {
      const auto one = word();
      if (random() % 2) {
        now.insert(one);
        if (!first.contains(one)) added.insert(one);
      } else {
        now.erase(one);
        added.erase(one);
      }
    }
    edited.added = lexiconOf(groupsOf(added));
    edited.removed.resize(edited.base->size() / 64 + 1);
    for (std::uint32_t i = 0; i < edited.base->size(); i++) {
      if (!now.contains(std::u16string(edited.base->text(i)))) edited.removed[i / 64] |= std::uint64_t{1} << (i % 64);
    }
    const WordBook anew{lexiconOf(groupsOf(now)), nullptr, {}};
    for (int text = 0; text < 20; text++) {
      std::u16string read;
      while (read.size() < 10) read += word();
      CHECK(found(edited, read) == found(anew, read));
    }
  }
}

void refusesDamage() {
  const auto whole = Lexicon::build(std::vector<WordGroup>{{u"坏蛋\n坏东西", 0, 1, 2, WordKind::word}}, 0).bytes;
  std::mt19937 random(5);
  for (int round = 0; round < 300; round++) {
    auto damaged = whole;
    damaged[random() % damaged.size()] ^= static_cast<std::byte>(1 + random() % 255);
    const auto [lexicon, problem] = Lexicon::of(damaged);
    // Only the padding between the sections is not checked.
    if (lexicon) CHECK(found({lexicon, nullptr, {}}, u"坏蛋坏东西").size() == 2);
  }
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 400) {
    CHECK(!Lexicon::of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).lexicon);
  }
}

}  // namespace

int main() {
  findsWordsInDisguise();
  knowsWhereWordsEnd();
  findsWordsWithinOthersWhereTold();
  tellsNumeralsFromDigits();
  allowsPhrases();
  keepsWhatItWasMadeOf();
  editingEqualsBuildingAnew();
  refusesDamage();
}
