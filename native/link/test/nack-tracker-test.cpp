#include "link/nack-tracker.h"

#include "testing/check.h"

using namespace feimu;
using Sequences = std::vector<std::uint16_t>;

namespace {

struct Rig {
  NackTracker nack;  // 100 ms
  Sequences asked;
  bool wanted = true;
  const Sequences& at(std::int64_t nowUs, std::size_t most = 100) {
    nack.collect(nowUs, most, [this](std::int64_t) { return wanted; }, asked);
    nack.expire(nowUs);
    return asked;
  }
};

void asksAfterTheReorderGuard() {
  Rig rig;
  CHECK(rig.nack.wakeUs() > 1'000'000'000);
  rig.nack.onMissing(65535, 3, 10'000);
  CHECK(rig.nack.wakeUs() == 12'000);
  CHECK(rig.at(11'999).empty() && rig.nack.stats().lost == 0);
  CHECK((rig.at(12'000) == Sequences{65535, 0, 1}));
  CHECK(rig.nack.stats().lost == 3 && rig.nack.stats().asked == 3);
  // One came by itself, before an answer could.
  rig.nack.onArrived(65600, 12'500, true);
  CHECK(rig.nack.onArrived(65536, 13'000, true) == NackTracker::Arrival::repaired);
  CHECK(rig.nack.rttUs(13'000) == 1000);
  CHECK(rig.nack.onArrived(65537, 12'100, false) == NackTracker::Arrival::reordered);
  CHECK(rig.nack.stats().lost == 2);
  CHECK(rig.nack.onArrived(65537, 13'000, false) == NackTracker::Arrival::expected);
}

void reorderingIsNoLoss() {
  Rig rig;
  rig.nack.onMissing(5, 1, 0);
  CHECK(rig.at(1000).empty());
  CHECK(rig.nack.onArrived(5, 1500, false) == NackTracker::Arrival::reordered);
  CHECK(rig.at(5000).empty() && rig.nack.stats().lost == 0 && rig.nack.wakeUs() > 1'000'000'000);
}

void repeatsAfterARoundTrip() {
  Rig rig;
  rig.nack.onMissing(1, 1, 0);
  CHECK(rig.at(2000).size() == 1);
  rig.nack.onArrived(1, 12'000, true);  // 10 ms
  rig.nack.onMissing(2, 1, 20'000);
  CHECK(rig.at(22'000).size() == 1);
  const std::int64_t againUs = rig.nack.wakeUs();
  CHECK(againUs >= 22'000 + 10'000 + NackTracker::marginUs && againUs <= 22'000 + 30'000);
  CHECK(rig.at(againUs - 1).empty());
  CHECK(rig.at(againUs).size() == 1);
  // Not when the answer comes too late, and forgotten at the deadline.
  int tries = 0;
  std::int64_t lastUs = 0;
  for (std::int64_t nowUs = againUs; nowUs < 130'000; nowUs += 500) {
    if (rig.at(nowUs).empty()) continue;
    tries++;
    lastUs = nowUs;
  }
  CHECK(tries >= 1 && lastUs + 10'000 <= 120'000);
  CHECK(rig.nack.wakeUs() > 1'000'000'000);
  CHECK(rig.nack.onArrived(2, 130'000, true) == NackTracker::Arrival::expected);
}

void notMoreThanTenTimes() {
  NackTracker nack({.deadlineUs = 10'000'000});
  nack.onMissing(0, 1, 0);
  int tries = 0;
  Sequences asked;
  for (std::int64_t nowUs = 0; nowUs < 5'000'000; nowUs += 1000) {
    nack.collect(nowUs, 9, [](std::int64_t) { return true; }, asked);
    nack.expire(nowUs);
    tries += static_cast<int>(asked.size());
  }
  CHECK(tries == 10);
}

/// A round trip longer than the deadline: no request can be answered in time, until the estimate is old.
void uselessRequestsAreNotSent() {
  Rig rig;
  rig.nack.onMissing(1, 1, 0);
  CHECK(rig.at(2000).size() == 1);
  CHECK(rig.nack.onArrived(1, 97'000, true) == NackTracker::Arrival::repaired);
  rig.nack.onMissing(2, 1, 100'000);
  CHECK(rig.at(102'000).size() == 1);  // 95 ms of 98 that are left
  rig.nack.onMissing(3, 1, 200'000);
  CHECK(rig.at(207'000).empty());
  const std::int64_t laterUs = 97'000 + NackTracker::rttLifeUs;
  rig.nack.onMissing(4, 1, laterUs);
  CHECK(rig.at(laterUs + 7'000).size() == 1);
}

void asksForWhatIsWantedOnly() {
  Rig rig;
  rig.wanted = false;
  rig.nack.onMissing(1, 1, 0);
  CHECK(rig.at(2000).empty());
  rig.wanted = true;
  CHECK(rig.nack.wakeUs() <= 4000 && rig.at(4000).size() == 1);
}

void bounded() {
  Rig rig;
  rig.nack.onMissing(0, 2500, 0);
  CHECK(rig.nack.stats().lost == 2500 - 1024);
  CHECK(rig.at(2000, 50).size() == 50 && rig.asked[0] == 2500 - 1024);
  rig.nack.onMissing(2500, 10, 3000);
  // The oldest made room.
  CHECK(rig.at(5000, 2000).size() == 1024 - 50 + 10);
  CHECK(rig.nack.stats().lost == 2510);
  rig.nack.onRecovered(2509);
  CHECK(rig.nack.stats().lost == 2510);
  CHECK(rig.nack.onArrived(2509, 6000, false) == NackTracker::Arrival::expected);
}

}  // namespace

int main() {
  asksAfterTheReorderGuard();
  reorderingIsNoLoss();
  repeatsAfterARoundTrip();
  notMoreThanTenTimes();
  uselessRequestsAreNotSent();
  asksForWhatIsWantedOnly();
  bounded();
  return 0;
}
