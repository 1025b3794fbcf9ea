#include "link/delay-base.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "testing/check.h"

using namespace feimu;

namespace {

/// A sender whose clock is off by `skewPpm` against ours, 30 frames a second, over a path with a queue.
struct Path {
  double skewPpm = 0;
  double offsetUs = 5e9;
  double jitterUs = 0;
  double baseUs = 20'000;
  std::mt19937 random{3};
  DelayBase delay;
  double timeUs = 0;
  void frame(double queueUs) {
    timeUs += 33'333;
    const double jitter = jitterUs * static_cast<double>(random() % 1000) / 1000;
    const double sent = (timeUs - baseUs) * (1 - skewPpm * 1e-6) + offsetUs;
    delay.add(static_cast<std::int64_t>(sent), static_cast<std::int64_t>(timeUs + queueUs + jitter));
  }
};

void measuresAQueue() {
  Path path;
  for (int i = 0; i < 300; i++) path.frame(0);
  CHECK(path.delay.queueDelayUs() < 10);
  path.frame(40'000);
  CHECK(std::abs(path.delay.queueDelayUs() - 40'000) < 50);
  path.frame(0);
  CHECK(path.delay.queueDelayUs() < 50);
}

void hoursOfSkew(double ppm) {
  Path path;
  path.skewPpm = ppm;
  path.jitterUs = 2000;
  double worstUs = 0;
  for (int i = 0; i < 2 * 3600 * 30; i++) {
    // Now and then a queue of 60 ms for three seconds.
    const double queue = i % 1800 > 1700 && i > 3000 ? 60'000 : 0;
    path.frame(queue);
    if (i > 3000) worstUs = std::max(worstUs, std::abs(path.delay.queueDelayUs() - queue));
  }
  // 2 ms of that is the jitter.
  CHECK(worstUs < 3000);
  CHECK(std::abs(path.delay.skewPpm() - ppm) < 15);
  CHECK(path.delay.restarts() == 0);
}

/// A standing queue is believed for the window, then it is taken for the path.
void windowed() {
  Path path;
  for (int i = 0; i < 100; i++) path.frame(0);
  for (int i = 0; i < 9 * 30; i++) path.frame(30'000);
  CHECK(path.delay.queueDelayUs() > 29'000);
  for (int i = 0; i < 5 * 30; i++) path.frame(30'000);
  CHECK(path.delay.queueDelayUs() < 1000);
}

void clockSteps(double stepUs) {
  Path path;
  path.skewPpm = 80;
  path.jitterUs = 1000;
  for (int i = 0; i < 90 * 30; i++) path.frame(0);
  const double skew = path.delay.skewPpm();
  path.offsetUs += stepUs;
  for (int i = 0; i < 3 * 30; i++) path.frame(0);
  CHECK(path.delay.restarts() == 1);
  CHECK(path.delay.queueDelayUs() < 2000);
  path.frame(25'000);
  CHECK(std::abs(path.delay.queueDelayUs() - 25'000) < 2000);
  for (int i = 0; i < 60 * 30; i++) path.frame(0);
  CHECK(std::abs(path.delay.skewPpm() - skew) < 20);
}

void ownClockSteps() {
  Path path;
  for (int i = 0; i < 600; i++) path.frame(0);
  path.timeUs -= 15'000'000;
  path.offsetUs += 15'000'000;
  for (int i = 0; i < 90; i++) path.frame(0);
  CHECK(path.delay.restarts() == 1 && path.delay.queueDelayUs() < 100);
  path.timeUs += 100'000'000;
  path.offsetUs -= 100'000'000;
  for (int i = 0; i < 90; i++) path.frame(0);
  CHECK(path.delay.restarts() == 2 && path.delay.queueDelayUs() < 100);
}

/// One packet with a forged timestamp moves nothing.
void forged() {
  Path path;
  for (int i = 0; i < 300; i++) path.frame(0);
  path.delay.add(static_cast<std::int64_t>(path.timeUs + path.offsetUs + 7e9), static_cast<std::int64_t>(path.timeUs));
  path.frame(0);
  path.delay.add(static_cast<std::int64_t>(path.timeUs + path.offsetUs - 7e9), static_cast<std::int64_t>(path.timeUs));
  path.frame(10'000);
  CHECK(path.delay.restarts() == 0 && std::abs(path.delay.queueDelayUs() - 10'000) < 100);
}

/// A blackout of a second is a queue that drains, not a step.
void blackout() {
  Path path;
  for (int i = 0; i < 300; i++) path.frame(0);
  for (int i = 0; i < 100; i++) {
    path.frame(std::max(0.0, 1'000'000 - 10'000.0 * i));
    CHECK(std::abs(path.delay.queueDelayUs() - std::max(0.0, 1'000'000 - 10'000.0 * i)) < 100);
  }
  CHECK(path.delay.restarts() == 0);
}

}  // namespace

int main() {
  measuresAQueue();
  hoursOfSkew(0);
  hoursOfSkew(100);
  hoursOfSkew(-100);
  windowed();
  clockSteps(-3'000'000);     // the sender's clock goes back
  clockSteps(1'500'000);      // and on
  clockSteps(-86'400e6);
  clockSteps(86'400e6);
  ownClockSteps();
  forged();
  blackout();
  return 0;
}
