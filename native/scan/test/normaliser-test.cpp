#include "scan/normaliser.h"

#include <random>
#include <string>

#include "testing/check.h"

using namespace feimu::scan;

namespace {

std::u16string matchOf(std::u16string_view text) {
  MatchText match;
  normalise(text, match);
  return std::u16string(match.text());
}

void readsThroughDisguises() {
  CHECK(matchOf(u"資源站") == u"资源站");
  CHECK(matchOf(u"ＡＢｃ①➋⓷") == u"abc123");
  CHECK(matchOf(u"ⓕⓔⓘ 🄼🅤 𝓪𝔟") == u"feimuab");
  CHECK(matchOf(u"аɡе") == u"age");  // Cyrillic, Latin script g, Cyrillic
  CHECK(matchOf(u"é̶́ à") == u"ea");
  CHECK(matchOf(u"飞\u200b幕\u202e弹\ufe0f") == u"飞幕弹");
  CHECK(matchOf(u"飞、幕。·|弹🎉幕") == u"飞幕弹幕");
  CHECK(matchOf(u"啊啊啊啊好") == u"啊好");
  CHECK(matchOf(u"一二三〇壹九") == u"123019");
  CHECK(matchOf(u"").empty() && matchOf(u"……！").empty());
}

void mapsEachUnitBack() {
  MatchText match;
  normalise(u"a，，飞 飞\u200b飞🎉🎉𝓫", match);
  CHECK(match.text() == u"a飞b");
  CHECK(match.origins[0].start == 0 && match.origins[0].end == 1 && match.origins[0].gap == 0);
  CHECK(match.origins[1].start == 3 && match.origins[1].end == 8 && match.origins[1].gap == 2 && match.origins[1].run == 3);
  CHECK(match.origins[2].start == 12 && match.origins[2].end == 14 && match.origins[2].gap == 2);
}

// Whatever comes, each unit comes from a part of the text, in order, and what is normal stays as it is.
void holdsForAnyText() {
  std::mt19937 random(1);
  MatchText match, again, sound;
  for (int round = 0; round < 20'000; round++) {
    std::u16string text;
    for (std::size_t size = random() % 40; text.size() < size;) {
      switch (random() % 5) {
        case 0: text.push_back(static_cast<char16_t>(random())); break;
        case 1: text.push_back(static_cast<char16_t>(u'a' + random() % 26)); break;
        case 2: text.push_back(static_cast<char16_t>(0xD83C + random() % 3)); break;
        case 3: text.push_back(static_cast<char16_t>(0xDC00 + random() % 1'024)); break;
        default: text.push_back(static_cast<char16_t>(0x4E00 + random() % 0x5200)); break;
      }
    }
    normalise(text, match);
    CHECK(match.units.size() == match.origins.size());
    std::uint32_t before = 0;
    for (const Origin& origin : match.origins) {
      CHECK(origin.start < origin.end && origin.end <= text.size() && origin.start >= before && origin.run >= 1);
      before = origin.start;
    }
    normalise(match.text(), again);
    CHECK(again.text() == match.text());
    soundOut(match, sound);
    for (const Origin& origin : sound.origins) CHECK(origin.start < origin.end && origin.end <= text.size());
  }
}

void hearsTypedPinyin() {
  MatchText match, typed, written;
  normalise(u"发 danmu 吧", match);
  soundOut(match, typed);
  const auto word = syllablesOf(u"弹幕");
  // 弹 alone is read tan more often: what is typed is found by the sounds of the word as the dictionary gives them.
  CHECK(word.size() == 2);
  CHECK(typed.units.size() == 4 && typed.origins[1].typed && typed.origins[2].typed && !typed.origins[0].typed);
  CHECK(typed.origins[1].start == 2 && typed.origins[1].end == 5 && typed.origins[2].end == 7);
  CHECK(typed.units[2] == word[1]);
  normalise(u"老tie们", match);
  soundOut(match, typed);
  CHECK(typed.units[0] == syllablesOf(u"老")[0] && typed.units[1] == syllablesOf(u"铁")[0]);
  normalise(u"没有拼音", match);
  soundOut(match, typed);
  CHECK(typed.units.empty());
  normalise(u"hello你", match);
  soundOut(match, typed);
  CHECK(typed.units[0] == u'h' && !typed.origins[0].typed);
  CHECK(syllablesOf(u"a好").empty());
}

}  // namespace

int main() {
  readsThroughDisguises();
  mapsEachUnitBack();
  holdsForAnyText();
  hearsTypedPinyin();
}
