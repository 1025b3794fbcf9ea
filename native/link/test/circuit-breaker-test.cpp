#include "link/circuit-breaker.h"

#include <cmath>

#include "testing/check.h"

using namespace feimu;
using Trip = CircuitBreaker::Trip;

namespace {

constexpr std::int64_t second = 1'000'000;

/// 100 packets of 1250 bytes a second: 1 Mbps.
struct Sender {
  explicit Sender(const CircuitBreaker::Options& options = {}) : breaker(options) {}
  CircuitBreaker breaker;
  std::int64_t nowUs = 0;
  std::uint32_t highest = 1000;
  void run(std::uint8_t loss, std::int64_t rttUs, bool progress = true, bool report = true) {
    for (int i = 0; i < 100; i++) {
      nowUs += second / 100;
      breaker.onSent(1250, nowUs);
    }
    if (progress) highest += 100;
    if (report) breaker.onReport(highest, loss, rttUs, nowUs);
    breaker.onTick(nowUs);
  }
};

void equation() {
  // s / (R * sqrt(2p/3)): 1250 / (0.1 * sqrt(0.02 * 2/3)) = 108 kB/s.
  CHECK(std::abs(CircuitBreaker::tcpBytesPerSecond(1250, 0.1, 0.02) - 108'253) < 10);
  // §4.2: k = 5 reports, more when the round trip is longer than their interval.
  CHECK(CircuitBreaker::mediaTimeoutReports({}, 50'000) == 5);
  CHECK(CircuitBreaker::mediaTimeoutReports({}, 2 * second) == 10);
  // §4.3: three reports at 1 s; ten round trips if that is longer; 15 s at most; ten frames if they are slow.
  CHECK(CircuitBreaker::congestionReports({}, 50'000) == 3);
  CHECK(CircuitBreaker::congestionReports({}, 600'000) == 6);
  CHECK(CircuitBreaker::congestionReports({}, 60 * second) == 15);
  CHECK(CircuitBreaker::congestionReports({.frameUs = second}, 50'000) == 10);
  CHECK(CircuitBreaker::congestionReports({.reportEveryUs = 100'000}, 50'000) == 5);
}

void healthy() {
  Sender sender;
  for (int i = 0; i < 600; i++) sender.run(5, 50'000);  // 2 %
  CHECK(sender.breaker.tripped() == Trip::none && sender.breaker.limitBps() == 0);
}

void rtcpTimeout() {
  Sender sender;
  for (int i = 0; i < 14; i++) sender.run(0, 0, true, false);
  CHECK(sender.breaker.tripped() == Trip::none);
  sender.run(0, 0, true, false);
  sender.run(0, 0, true, false);
  CHECK(sender.breaker.tripped() == Trip::rtcpTimeout);

  // The same after reports that stopped; but not while nothing is sent.
  Sender second;
  for (int i = 0; i < 10; i++) second.run(0, 50'000);
  second.nowUs += 60'000'000;
  second.breaker.onTick(second.nowUs);
  CHECK(second.breaker.tripped() == Trip::none);
  for (int i = 0; i < 14; i++) second.run(0, 0, true, false);
  CHECK(second.breaker.tripped() == Trip::none);
  for (int i = 0; i < 2; i++) second.run(0, 0, true, false);
  CHECK(second.breaker.tripped() == Trip::rtcpTimeout);
}

void mediaTimeout() {
  Sender sender;
  for (int i = 0; i < 3; i++) sender.run(0, 50'000);
  for (int i = 0; i < 4; i++) sender.run(255, 50'000, false);
  CHECK(sender.breaker.tripped() == Trip::none);
  sender.run(255, 50'000, false);
  CHECK(sender.breaker.tripped() == Trip::mediaTimeout);
}

/// Its extended sequence numbers (RFC 3550 §6.4.1) begin with no wraps counted.
void aReceiverThatBeganAnew() {
  Sender sender;
  sender.highest = (3U << 16) + 5'000;
  sender.run(0, 50'000);
  sender.highest &= 0xffff;
  for (int i = 0; i < 20; i++) sender.run(0, 50'000);
  CHECK(sender.breaker.tripped() == Trip::none);
  for (int i = 0; i < 5; i++) sender.run(0, 50'000, false);
  CHECK(sender.breaker.tripped() == Trip::mediaTimeout);
}

void congestion() {
  // 30 % at 500 ms: TCP would get 5.6 kB/s, ours is 125 kB/s.
  Sender sender;
  for (int i = 0; i < 5; i++) sender.run(77, 500'000);
  CHECK(sender.breaker.tripped() == Trip::none && sender.breaker.limitBps() == 0);
  sender.run(77, 500'000);
  CHECK(sender.breaker.tripped() == Trip::none && std::abs(sender.breaker.limitBps() - 100'000) < 5000);
  // It does not help, or is not obeyed.
  for (int i = 0; i < 5; i++) sender.run(77, 500'000);
  CHECK(sender.breaker.tripped() == Trip::congestion);

  // It does: the limit goes after twice the time.
  Sender obedient;
  for (int i = 0; i < 6; i++) obedient.run(77, 500'000);
  CHECK(obedient.breaker.limitBps() > 0);
  for (int i = 0; i < 10; i++) obedient.run(0, 500'000);
  CHECK(obedient.breaker.limitBps() == 0 && obedient.breaker.tripped() == Trip::none);
}

/// One terrible second is not congestion that lasts: RFC 8083 §4.3 takes the mean.
void aBadSecond() {
  Sender sender;
  for (int i = 0; i < 20; i++) sender.run(i == 10 ? 128 : 0, 50'000);
  CHECK(sender.breaker.tripped() == Trip::none && sender.breaker.limitBps() == 0);
}

void oneWay() {
  Sender sender({.oneWay = true});
  for (int i = 0; i < 60; i++) sender.run(255, 500'000, false, i % 2 == 0);
  CHECK(sender.breaker.tripped() == Trip::none && sender.breaker.limitBps() == 0);
}

void receiver() {
  MediaWatch watch;
  CHECK(!watch.broken(100 * second) && !watch.alive(0));
  watch.onMedia(second);
  CHECK(watch.alive(5 * second) && !watch.broken(5 * second));
  CHECK(watch.broken(second + MediaWatch::timeoutUs));
  watch.onMedia(20 * second);
  CHECK(!watch.broken(21 * second));
}

}  // namespace

int main() {
  equation();
  healthy();
  rtcpTimeout();
  mediaTimeout();
  aReceiverThatBeganAnew();
  congestion();
  aBadSecond();
  oneWay();
  receiver();
  return 0;
}
