#include "link/frame-budget.h"

#include <cmath>
#include <initializer_list>

#include "testing/check.h"

using namespace feimu;

namespace {

constexpr std::int64_t frameUs = 33'333;

struct Source {
  LinkState state;
  FrameBudget budget;
  std::int64_t nowUs = 1'000'000;

  explicit Source(const FrameBudget::Options& options = {}) : budget(options) { state.mediaBps = 3e6; }
  FrameOrder next(std::size_t unsentBytes = 0) {
    nowUs += frameUs;
    return budget.next(state, unsentBytes, nowUs);
  }
};

void beginsWithASmallKeyFrame() {
  Source source;
  const FrameOrder first = source.next(100'000);
  CHECK(first.key && !first.skip && first.maxBytes == 13'000);
  const FrameOrder second = source.next();
  CHECK(!second.key && second.maxBytes == 0 && second.kbps == 3'000);
}

void leavesRoomForHeadersAndRepairs() {
  Source source;
  source.next();
  source.state.mediaShare = 0.8;
  CHECK(source.next().kbps == 2'400);
}

void makesGoodWhatWaits() {
  Source source;
  source.next();
  const std::uint32_t less = source.next(6'000).kbps;
  CHECK(less < 2'300 && less > 600);
  source.state.queueUs = 20'000;
  CHECK(source.next().kbps < 2'600);
  source.state.queueUs = 10'000'000;
  CHECK(std::abs(static_cast<double>(source.next().kbps) - 750) <= 1);  // not below a quarter
}

void skipsWhenAPictureWaits() {
  Source source;
  source.next();
  CHECK(!source.next(12'000).skip);
  CHECK(source.next(13'000).skip);
  CHECK(!source.next().skip);
}

void keysOnRequestButNotTooOften() {
  Source source;
  source.next();
  source.nowUs += 1'000'000;
  source.state.keyWanted = true;
  CHECK(source.next().key && !source.state.keyWanted);
  source.state.keyWanted = true;
  CHECK(!source.next().key && source.state.keyWanted);
  for (int i = 0; i < 3; i++) source.next();
  CHECK(!source.state.keyWanted);
  // A skipped picture answers nothing.
  source.nowUs += 1'000'000;
  source.state.keyWanted = true;
  CHECK(source.next(50'000).skip && source.state.keyWanted);
  CHECK(source.next().key);
}

/// A key that failed 10 ms ago does not count, however often that happens; nor does a skipped picture.
void keysUntilOneLeft() {
  Source source;
  source.next();
  source.budget.onFailed(source.state);
  for (int i = 0; i < 3; i++) {
    CHECK(source.next(1'000'000).skip);
    CHECK(source.next().key);
    source.budget.onFailed(source.state);
  }
  CHECK(source.next().key);
  CHECK(!source.next().key);
}

void blindEachPictureStandsAlone() {
  Source source;
  source.next();
  source.state.blind = true;
  for (int i = 0; i < 6; i++) {
    const FrameOrder order = source.next();
    CHECK(order.key && order.skip == (i % 2 == 1));
  }
  source.state.blind = false;
  CHECK(!source.next().skip && !source.next().key);
}

/// An encoder that stays 10 % below what it is told.
void asksMoreOfATimidEncoder() {
  Source source;
  double kbps = 0;
  for (int i = 0; i < 200; i++) {
    kbps = source.next().kbps;
    source.budget.onEncoded(static_cast<std::size_t>(0.9 * kbps * 1e3 / 8 * 0.033333));
  }
  CHECK(std::abs(0.9 * kbps - 3'000) < 60);
}

void staysWithinItsBounds() {
  Source source({.minKbps = 200, .maxKbps = 1'000});
  source.next();
  CHECK(source.next().kbps <= 1'150);
  source.state.mediaBps = 0;
  CHECK(source.next().kbps == 200);
  CHECK(source.next(1).skip);
  source.budget.onEncoded(1'000);
  CHECK(source.next().kbps == 200);
}

void anyFrameRate() {
  for (const std::int64_t us : {16'667, 100'000}) {
    Source source({.frameUs = us});
    source.next();
    CHECK(std::abs(static_cast<double>(source.next().kbps) - 3'000) <= 1);
    CHECK(source.next(static_cast<std::size_t>(3e6 / 8e6 * static_cast<double>(us)) + 100).skip);
  }
}

}  // namespace

int main() {
  beginsWithASmallKeyFrame();
  leavesRoomForHeadersAndRepairs();
  makesGoodWhatWaits();
  skipsWhenAPictureWaits();
  keysOnRequestButNotTooOften();
  keysUntilOneLeft();
  blindEachPictureStandsAlone();
  asksMoreOfATimidEncoder();
  staysWithinItsBounds();
  anyFrameRate();
  return 0;
}
