#include "rules/expressions.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scan/normaliser.h"
#include "testing/check.h"

using namespace feimu;
using rules::Expressions;

namespace {

using Spans = std::vector<std::pair<std::uint32_t, std::u16string>>;

Spans found(const std::vector<std::string>& patterns, std::u16string_view text) {
  std::vector<rules::Match> matches;
  Expressions(patterns).find(text, matches);
  Spans spans;
  for (const auto& [expression, start, end] : matches) spans.emplace_back(expression, text.substr(start, end - start));
  return spans;
}

void refusesWhatMayBlowUpAndWhatIsEverywhere() {
  CHECK(Expressions::refusal("加.{0,3}群").empty());
  CHECK(!Expressions::refusal("(a)\\1").empty());
  CHECK(!Expressions::refusal("(?<=a)b").empty());
  CHECK(!Expressions::refusal("(").empty());
  CHECK(!Expressions::refusal("a*").empty());
  CHECK(!Expressions::refusal("((a{1,100}){1,100}){1,100}").empty());
  CHECK(!Expressions::refusal("\xff").empty());
}

void findsAllAndTellsWhere() {
  const std::vector<std::string> patterns = {"加.{0,2}群", "🎉+", "B\\d", "(", "群$"};
  CHECK((found(patterns, u"🎉🎉加我群，b1，加群") ==
         Spans{{0, u"加我群"}, {0, u"加群"}, {1, u"🎉🎉"}, {2, u"b1"}, {4, u"群"}}));
  CHECK(found(patterns, u"没有").empty() && found(patterns, u"").empty() && found({}, u"加群").empty());
  CHECK((found({"x|\\b"}, u"飞 x") == Spans{{0, u"x"}}));
  CHECK(found({"."}, std::u16string(1'000, u'飞')).size() == rules::kMaxMatches);
}

// A text that makes back-tracking engines try for ages; here its length counts alone.
void takesNoLongerForEvilTexts() {
  const std::u16string text = std::u16string(50'000, u'a') + u"b";
  CHECK(found({"(a+)+$", "(a|aa)+$", "(.*a){12}c"}, text).empty());
}

void mapsNormalisedMatchesBack() {
  const std::u16string_view text = u"🎉加、、Ｑ 羣！";
  scan::MatchText match;
  scan::normalise(text, match);
  std::vector<rules::Match> matches;
  Expressions({"加q群"}).find(match.text(), matches);
  rules::mapBack(match, matches);
  CHECK(matches.size() == 1 && text.substr(matches[0].start, matches[0].end - matches[0].start) == u"加、、Ｑ 羣");
}

// Whatever comes, lone surrogates too, spans lie within the text and are not empty.
void bearsAnyText() {
  std::mt19937 random(7);
  const std::u16string_view pieces = u"a加群🎉\xD83D\xDE00飞\u200b1";
  const Expressions expressions({"加.群?", "[^a]+", "a|\\x{FFFD}", "\\pL{2}"});
  scan::MatchText match;
  std::vector<rules::Match> matches;
  for (int round = 0; round < 2'000; round++) {
    std::u16string text;
    for (std::size_t i = random() % 24; i > 0; i--) text.push_back(pieces[random() % pieces.size()]);
    matches.clear();
    expressions.find(text, matches);
    for (const auto& [expression, start, end] : matches) CHECK(expression < 4 && start < end && end <= text.size());
    matches.clear();
    scan::normalise(text, match);
    expressions.find(match.text(), matches);
    rules::mapBack(match, matches);
    for (const auto& [expression, start, end] : matches) CHECK(start < end && end <= text.size());
  }
}

}  // namespace

int main() {
  refusesWhatMayBlowUpAndWhatIsEverywhere();
  findsAllAndTellsWhere();
  takesNoLongerForEvilTexts();
  mapsNormalisedMatchesBack();
  bearsAnyText();
}
