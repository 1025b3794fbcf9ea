#include "scan/repeat-window.h"

#include <bit>
#include <string>

#include "testing/check.h"

using namespace feimu::scan;

namespace {

MatchText matchOf(std::u16string_view text) {
  MatchText match;
  normalise(text, match);
  return match;
}

bool same(std::u16string_view a, std::u16string_view b) {
  RepeatWindow window;
  window.take(matchOf(a), a, 0, 1'000);
  return window.take(matchOf(b), b, 1, 1'000).count == 2;
}

void recognisesWhatSaysTheSame() {
  for (const auto& [a, b] : std::initializer_list<std::pair<std::u16string_view, std::u16string_view>>{
           {u"主播好厉害", u"主播好厉害！！！"},
           {u"主播好厉害", u"主播 好厲害啊"},
           {u"666", u"66666666"},
           {u"哈哈哈", u"哈哈哈哈哈哈"},
           {u"2333", u"233333"},
           {u"awsl", u"awslawslawsl"},
           {u"前方高能", u"前方高能预"},
           {u"？？？", u"？？？？？？"},
           {u"👍👍", u"👍👍👍"},
           {u"这一波操作真的是太秀了吧", u"这一波操作真是太秀了吧吧"},
           {u"欢迎回来，我就知道会再刷一遍", u"欢迎回来，我就知道你会再刷一遍"},
           {u"第一次来这里看直播", u"第一一一次来这里看直播"},
           {u"恭喜主播喜提五杀牛批牛批牛批", u"恭喜主播喜提五杀牛批牛批"},
       }) {
    CHECK(same(a, b) && same(b, a));
  }
}

void keepsApartWhatDoesNot() {
  for (const auto& [a, b] : std::initializer_list<std::pair<std::u16string_view, std::u16string_view>>{
           {u"好看", u"不好看"},       {u"这集好看", u"这集不好看"},   {u"第1集", u"第2集"},       {u"我来了", u"他来了"},
           {u"我来了啊啊", u"他来了啊啊"}, {u"红队加油冲", u"蓝队加油冲"}, {u"第1集好看吗", u"第11集好看吗"}, {u"泪目", u"泪目了"},
           {u"1", u"11"},              {u"10", u"100"},                {u"左边那个人是谁", u"右边那个人是谁"},
           {u"1比2了", u"2比1了"},      {u"？", u"！"},                 {u"今天吃什么", u"明天去哪里"},  {u"hello", u"world"},
           {u"这把能赢吗", u"这把能输吗"}, {u"👍", u"👎"}, {u"第一集好看吗", u"第二集好看吗"},               {u"", u"好"},
       }) {
    CHECK(!same(a, b) && !same(b, a));
  }
}

void countsWithinItsWindow() {
  RepeatWindow window;
  const auto says = [&](std::u16string_view text, std::int64_t nowMs) { return window.take(matchOf(text), text, nowMs, 1'000); };
  CHECK(says(u"开始了", 0).first == 0);
  CHECK(says(u"来了来了", 100).first == 1);
  const auto again = says(u"开始了！", 900);
  CHECK(again.first == 0 && again.count == 2 && again.entries == 2);
  CHECK(says(u"开始了", 1'800).count == 3);
  CHECK(says(u"来了来了", 1'900).count == 1);
  CHECK(says(u"开始了", 3'000).count == 1);
  CHECK(says(u"开始了", 2'000).count == 1);  // the clock jumped
  for (char16_t i = 0; i < 2'000; i++) says(std::u16string(3, static_cast<char16_t>(0x4E00 + i)) + u"字", 2'000);
  CHECK(says(u"开始了", 2'000).entries == RepeatWindow::maxEntries);
}

void similarTextsHaveSimilarHashes() {
  const auto apart = [](std::u16string_view a, std::u16string_view b) { return std::popcount(simHash(a) ^ simHash(b)); };
  CHECK(apart(u"这一波操作真的是太秀了吧", u"这一波操作真是太秀了吧") < 16);
  CHECK(apart(u"这一波操作真的是太秀了吧", u"今天晚上吃什么好呢") > 16);
  CHECK(simHash(u"") == 0);
}

}  // namespace

int main() {
  recognisesWhatSaysTheSame();
  keepsApartWhatDoesNot();
  countsWithinItsWindow();
  similarTextsHaveSimilarHashes();
}
