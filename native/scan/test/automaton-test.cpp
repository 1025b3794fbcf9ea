#include "scan/automaton.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "testing/check.h"

using namespace feimu::scan;

namespace {

using Found = std::multiset<std::tuple<std::uint32_t, std::size_t, std::size_t>>;

std::u16string randomText(std::mt19937& random, std::size_t size, char16_t letters) {
  std::u16string text;
  while (text.size() < size) text.push_back(static_cast<char16_t>(u'a' + random() % letters));
  return text;
}

Found scanned(const AutomatonView& view, std::u16string_view text) {
  Found found;
  view.scan(text, [&](std::uint32_t word, std::size_t start, std::size_t end) { found.insert({word, start, end}); });
  return found;
}

Found searched(const std::vector<std::u16string_view>& words, std::u16string_view text) {
  Found found;
  for (std::uint32_t i = 0; i < words.size(); i++) {
    for (auto at = text.find(words[i]); at != text.npos; at = text.find(words[i], at + 1)) {
      found.insert({i, at, at + words[i].size()});
    }
  }
  return found;
}

void findsAllThatASearchFinds() {
  std::mt19937 random(1);
  for (int round = 0; round < 400; round++) {
    const auto letters = static_cast<char16_t>(1 + random() % 6);
    std::set<std::u16string> set;
    for (std::size_t count = random() % 60; set.size() < count && round % 7 + set.size() < count;) {
      set.insert(randomText(random, 1 + random() % 6, letters));
      if (letters == 1) break;
    }
    std::vector<std::u16string_view> words(set.begin(), set.end());
    std::shuffle(words.begin(), words.end(), random);
    const Automaton automaton = buildAutomaton(words);
    CHECK(automaton.view().isSound());
    for (int text = 0; text < 20; text++) {
      const auto read = randomText(random, random() % 40, static_cast<char16_t>(letters + 1));
      CHECK(scanned(automaton.view(), read) == searched(words, read));
    }
  }
}

void holdsManyWordsOfManyLetters() {
  std::mt19937 random(2);
  std::set<std::u16string> set;
  while (set.size() < 20'000) {
    std::u16string word;
    for (std::size_t size = 2 + random() % 5; word.size() < size;) {
      word.push_back(static_cast<char16_t>(0x4E00 + random() % (random() % 3 ? 300 : 5'000)));
    }
    set.insert(word);
  }
  std::vector<std::u16string_view> words(set.begin(), set.end());
  const Automaton automaton = buildAutomaton(words);
  CHECK(automaton.view().isSound());
  std::size_t used = 0;
  for (const Cell& cell : automaton.cells) used += cell.parent != kNoCell;
  CHECK(used * 10 > (automaton.cells.size() - 5'300) * 9);  // the end is padding
  for (std::uint32_t i = 0; i < words.size(); i++) {
    const auto found = scanned(automaton.view(), words[i]);
    CHECK(found.contains({i, 0, words[i].size()}));
  }
}

void takesWordsOfAnyLength() {
  const std::u16string longest(kMaxWord, u'x');
  const std::vector<std::u16string_view> words{longest, u"x"};
  const Automaton automaton = buildAutomaton(words);
  CHECK(automaton.view().isSound());
  CHECK(scanned(automaton.view(), std::u16string(kMaxWord + 1, u'x')).size() == kMaxWord + 1 + 2);
  CHECK(scanned(buildAutomaton({}).view(), u"nothing").empty());
}

// What a damaged file may hold: either it is refused, or a scan stays within it.
void damageNeverLeadsAstray() {
  std::mt19937 random(3);
  std::vector<std::u16string> kept;
  for (int i = 0; i < 40; i++) kept.push_back(randomText(random, 1 + random() % 5, 4));
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  const Automaton whole = buildAutomaton(std::vector<std::u16string_view>(kept.begin(), kept.end()));
  int refused = 0;
  for (int round = 0; round < 20'000; round++) {
    Automaton damaged = whole;
    for (std::size_t times = 1 + random() % 3; times > 0; times--) {
      const auto value = static_cast<std::uint32_t>(random() % 4 ? random() % 64 : random());
      switch (random() % 6) {
        case 0: damaged.cells[random() % damaged.cells.size()].base = value; break;
        case 1: damaged.cells[random() % damaged.cells.size()].parent = value; break;
        case 2: damaged.cells[random() % damaged.cells.size()].fail = value; break;
        case 3: damaged.cells[random() % damaged.cells.size()].wordAndDepth = value; break;
        case 4: damaged.words[random() % damaged.words.size()] = {value, static_cast<std::uint32_t>(random() % 50)}; break;
        case 5: damaged.codes[u'a' + random() % 6] = static_cast<std::uint16_t>(value); break;
      }
    }
    if (!damaged.view().isSound()) {
      refused++;
      continue;
    }
    const auto text = randomText(random, 60, 6);
    damaged.view().scan(text, [&](std::uint32_t word, std::size_t start, std::size_t end) {
      CHECK(word < damaged.words.size() && start < end && end <= text.size());
    });
  }
  CHECK(refused > 5'000);
}

}  // namespace

int main() {
  findsAllThatASearchFinds();
  holdsManyWordsOfManyLetters();
  takesWordsOfAnyLength();
  damageNeverLeadsAstray();
}
