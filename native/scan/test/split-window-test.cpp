#include "scan/split-window.h"

#include <string>

#include "testing/check.h"

using namespace feimu::scan;

namespace {

const WordBook book{Lexicon::of(Lexicon::build(std::vector<WordGroup>{{u"坏东西\n丑事多", 1, 2, 2, WordKind::word}}, 1).bytes).lexicon, nullptr, {}};

struct Room {
  SplitWindow window;
  bool every = false;
  char16_t id = u'0';
  std::vector<SplitWindow::Joined> say(std::u16string_view author, std::u16string_view text, double nowMs) {
    MatchText match;
    normalise(text, match);
    id++;
    return window.take({u"1", author, {&id, 1}, match.text(), nowMs}, book, every);
  }
};

void tellsWhatIsCut() {
  Room room;
  CHECK(room.say(u"甲", u"真是坏", 0).empty());
  CHECK(room.say(u"乙", u"东西好看", 3'000).empty());
  const auto cut = room.say(u"甲", u"东！西", 6'000);
  CHECK(cut.size() == 1U);
  CHECK(cut[0].kind == SplitWindow::Kind::author && cut[0].text == u"真是坏东西");
  CHECK(cut[0].starts == (std::vector<std::uint32_t>{0, 3}));
  CHECK(cut[0].ids == (std::vector<std::u16string>{u"1", u"3"}));
  // Not the whole of it is on one side of the cut.
  CHECK(room.say(u"甲", u"坏东西", 9'000).empty());
}

void joinsThreeWays() {
  Room room;
  room.every = true;
  CHECK(room.say(u"甲", u"丑", 0).empty());
  const auto both = room.say(u"乙", u"事", 100);
  CHECK(both.size() == 2U);
  CHECK(both[0].kind == SplitWindow::Kind::brief && both[1].kind == SplitWindow::Kind::column);
  const auto column = room.say(u"", u"多谢了", 200).back();
  CHECK(column.text == u"丑事多" && column.ids == (std::vector<std::u16string>{u"1", u"2", u"3"}));
  // The column is gone by, and of a long text only what is near the cut is read.
  const auto late = room.say(u"甲", std::u16string(1, u'一') + std::u16string(u"二三四五六七八九十百千万亿兆京垓"), 10'000);
  CHECK(late.size() == 1U);
  CHECK(late[0].text.size() == 1U + SplitWindow::reach);
  const auto next = room.say(u"甲", u"好的啊", 11'000);
  CHECK(next[0].text.size() == SplitWindow::reach + 3 && next[0].starts == (std::vector<std::uint32_t>{0, 16}));
  CHECK(next[0].ids == (std::vector<std::u16string>{u"4", u"5"}));
}

void forgets() {
  Room room;
  room.every = true;
  room.say(u"甲", u"真是坏", 1'000'000);
  CHECK(room.say(u"甲", u"东西啊", 1'030'001).empty());
  // A clock that jumped back.
  CHECK(room.say(u"甲", u"东西啊", 1'000).empty());
  for (int i = 0; i < 20; i++) room.say(u"甲", u"一二三", 1'001);
  const auto full = room.say(u"甲", u"四五六", 1'002)[0];
  CHECK(full.starts.size() == 7U && full.ids.size() == 7U && full.ids.back()[0] == room.id);
  CHECK(full.ids.front()[0] == room.id - 6);
  // Those who spoke last are remembered.
  for (int i = 0; i < 2'500; i++) room.say(std::u16string(1, static_cast<char16_t>(0x4E00 + i)), u"一二三", 5'000);
  CHECK(room.say(u"甲", u"四五六", 9'000).size() == 0U);
  CHECK(room.say(std::u16string(1, static_cast<char16_t>(0x4E00 + 2'400)), u"四五六", 12'000).size() == 1U);
}

}  // namespace

int main() {
  tellsWhatIsCut();
  joinsThreeWays();
  forgets();
  return 0;
}
