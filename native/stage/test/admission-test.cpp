// Who comes onto a stage that has no room for all.
#include <array>
#include <string>
#include <vector>

#include "stage/admission.h"
#include "testing/check.h"

using namespace feimu::stage;

namespace {

constexpr std::int64_t second = 1'000'000;

CommentSpec comment(const std::string& id, Rank rank) {
  CommentSpec spec;
  spec.id = id;
  spec.rank = rank;
  return spec;
}

/// How many of each rank enter while there is room for `room`.
std::array<int, Admission::ranks> entered(Admission& admission, int room) {
  std::array<int, Admission::ranks> counts{};
  admission.admit([&](const Admission::Waiting& waiting) {
    if (room == 0) return false;
    --room;
    ++counts[static_cast<std::size_t>(waiting.comment.rank)];
    return true;
  });
  return counts;
}

void eachRankHasItsShare() {
  Admission admission;
  for (int i = 0; i < 60; i++) {
    for (const Rank rank : {Rank::chat, Rank::guard, Rank::host, Rank::paid}) admission.add(comment("", rank), 0);
  }
  CHECK((entered(admission, 15) == std::array<int, 4>{8, 4, 2, 1}));
  CHECK((entered(admission, 30) == std::array<int, 4>{16, 8, 4, 2}));
  CHECK(admission.size() == 240 - 45);
}

void turnsAreNotSaved() {
  Admission admission;
  for (int i = 0; i < 100; i++) admission.add(comment("", Rank::chat), 0);
  CHECK(entered(admission, 80)[3] == 80);
  // Who comes after long is not let in before all others for as long.
  for (int i = 0; i < 100; i++) admission.add(comment("", Rank::host), 0);
  const auto counts = entered(admission, 15);
  CHECK(counts[1] >= 11 && counts[3] >= 2);
}

void refusedOnesKeepTheirPlace() {
  Admission admission;
  for (int i = 0; i < 100; i++) admission.add(comment(std::to_string(i), Rank::chat), 0);
  admission.add(comment("paid", Rank::paid), 0);
  std::vector<std::string> asked;
  admission.admit([&](const Admission::Waiting& waiting) {
    asked.push_back(waiting.comment.id);
    return waiting.comment.id == "3";
  });
  CHECK(asked.size() == 1 + 1 + Admission::maxRefusals && asked[0] == "paid" && admission.size() == 100);
  asked.clear();
  admission.admit([&](const Admission::Waiting& waiting) {
    asked.push_back(waiting.comment.id);
    return false;
  });
  CHECK(asked[1] == "0" && asked[4] == "4");
}

void theLowestGoesWhereTooManyWait() {
  Admission admission;
  admission.add(comment("guard", Rank::guard), 0);
  for (std::size_t i = 0; i < 3 * Admission::maxWaiting; i++) admission.add(comment(std::to_string(i), Rank::chat), 0);
  admission.add(comment("paid", Rank::paid), 0);
  CHECK(admission.size() == Admission::maxWaiting && admission.displaced() == 2 * Admission::maxWaiting + 2);
  std::vector<std::string> ids;
  admission.forEach([&](const Admission::Waiting& waiting) { ids.push_back(waiting.comment.id); });
  CHECK(ids[0] == "paid" && ids[1] == "guard" && ids.back() == std::to_string(3 * Admission::maxWaiting - 1));
  for (std::size_t i = 0; i < 2 * Admission::maxWaiting; i++) admission.add(comment("", Rank::paid), 0);
  admission.add(comment("late", Rank::chat), 0);
  admission.eraseIf([](const Admission::Waiting& waiting) { return waiting.comment.rank == Rank::paid; });
  CHECK(admission.size() == 0);
}

void waitingEnds() {
  Admission admission;
  admission.add(comment("chat", Rank::chat), 0);
  admission.add(comment("paid", Rank::paid), 0);
  std::vector<std::string> gone;
  const auto expire = [&](std::int64_t us) {
    admission.expire(us, [&](const Admission::Waiting& waiting) { gone.push_back(waiting.comment.id); });
  };
  const auto scales = [&] {
    std::vector<double> all;
    admission.forEach([&](const Admission::Waiting& waiting) { all.push_back(waiting.comment.sizeScale); });
    return all;
  };
  expire(second);
  CHECK((scales() == std::vector<double>{1, 1}));
  expire(second + 1);
  CHECK((scales() == std::vector<double>{Admission::shrunkScale, Admission::shrunkScale}));
  expire(2 * second + 1);
  CHECK((gone == std::vector<std::string>{"chat"}));
  expire(8 * second + 1);
  CHECK((gone == std::vector<std::string>{"chat", "paid"}) && admission.size() == 0);
}

}  // namespace

int main() {
  eachRankHasItsShare();
  turnsAreNotSaved();
  refusedOnesKeepTheirPlace();
  theLowestGoesWhereTooManyWait();
  waitingEnds();
}
