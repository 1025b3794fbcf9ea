#include "link/arrival-clock.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace feimu {

namespace {

std::int64_t readUs(clockid_t id) {
  timespec time{};
  ::clock_gettime(id, &time);
  return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000;
}

}  // namespace

void ArrivalClock::begin(std::int64_t monotonicUs, std::int64_t realtimeUs, std::int64_t spreadUs) {
  const std::int64_t distanceUs = realtimeUs - monotonicUs;
  if (!known_) {
    distanceBeforeUs_ = distanceUs_ = distanceUs;
    drainedUs_ = monotonicUs - 10'000'000;
    known_ = true;
  } else if (std::abs(distanceUs - distanceUs_) > spreadUs) {
    // A difference within the spread is more likely the reading's than the clock's.
    distanceBeforeUs_ = distanceUs_;
    distanceUs_ = distanceUs;
  }
  beganUs_ = monotonicUs;
}

std::int64_t ArrivalClock::arrivedUs(std::int64_t stampUs, std::int64_t nowUs) const {
  for (const std::int64_t distanceUs : {distanceUs_, distanceBeforeUs_}) {
    const std::int64_t time = stampUs - distanceUs;
    if (time >= drainedUs_ - slackUs && time <= nowUs + slackUs) return std::min(time, nowUs);
  }
  return nowUs;
}

void ArrivalClock::drained() { drainedUs_ = beganUs_; }

void beginNow(ArrivalClock& clock) {
  std::int64_t bestSpreadUs = 0, monotonicUs = 0, realtimeUs = 0;
  for (int i = 0; i < 3; i++) {
    const std::int64_t before = readUs(CLOCK_MONOTONIC);
    const std::int64_t real = readUs(CLOCK_REALTIME);
    const std::int64_t spreadUs = readUs(CLOCK_MONOTONIC) - before + 1;
    if (i == 0 || spreadUs < bestSpreadUs) {
      bestSpreadUs = spreadUs;
      monotonicUs = before;
      realtimeUs = real;
    }
    if (bestSpreadUs <= 2) break;
  }
  clock.begin(monotonicUs, realtimeUs, bestSpreadUs);
}

}  // namespace feimu
