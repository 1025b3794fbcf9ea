#include "link/reception.h"

#include "testing/check.h"

using namespace feimu;

namespace {

/// RFC 3550 A.3: what was expected and did not come, in all and since the last report.
void loss() {
  Reception reception(7);
  CHECK(!reception.started());
  std::int64_t nowUs = 0;
  for (int i = 0; i < 200; i++) {
    if (i % 4 != 1) CHECK(reception.take(static_cast<std::uint16_t>(65500 + i), nowUs += 1000));
  }
  ReportBlock block = reception.report(nowUs);
  CHECK(block.ssrc == 7 && block.cumulativeLost == 50 && block.fractionLost == 64);
  // Extended over the wrap.
  CHECK(block.highestSequence == 65500 + 199);
  CHECK(block.lastSenderReport == 0 && block.delaySinceSenderReport == 0);
  block = reception.report(nowUs);
  CHECK(block.cumulativeLost == 50 && block.fractionLost == 0);
  // Duplicates count as received: less lost than none is said as none, in all as a negative number.
  for (int i = 0; i < 60; i++) CHECK(reception.take(static_cast<std::uint16_t>(65500 + 198), nowUs));
  block = reception.report(nowUs);
  CHECK(block.cumulativeLost == -10 && block.fractionLost == 0);
}

void unwraps() {
  Reception reception(1);
  CHECK(reception.take(2, 0)->restarted);
  // Older than the first one: negative, not far ahead.
  const auto older = reception.take(65535, 10);
  CHECK(older && older->sequence == -1 && !older->restarted);
  CHECK(reception.take(3, 20)->sequence == 3);
  CHECK(reception.unwrap(65530) == -6 && reception.unwrap(10) == 10);
}

/// RFC 3550 A.1: a jump is believed when two packets follow one another there; and, ours, when the stream was silent.
void jumps() {
  Reception reception(1);
  std::int64_t nowUs = 0;
  for (int i = 0; i < 100; i++) reception.take(static_cast<std::uint16_t>(i), nowUs += 1000);
  // Forged or replayed ones between those of the stream.
  for (int i = 0; i < 100; i++) {
    CHECK(!reception.take(static_cast<std::uint16_t>(40000 + i), nowUs));
    CHECK(reception.take(static_cast<std::uint16_t>(100 + i), nowUs += 5000));
  }
  // A sender that began anew.
  nowUs += Reception::restartAfterUs;
  CHECK(!reception.take(40000, nowUs));
  const auto verdict = reception.take(40001, nowUs + 10);
  CHECK(verdict && verdict->restarted && verdict->sequence == 40001);
  const ReportBlock block = reception.report(nowUs);
  CHECK(block.cumulativeLost == 0 && block.highestSequence == 40001);
}

/// A.8, and the times of §6.4.1.
void jitterAndSenderReport() {
  Reception reception(1);
  reception.take(1, 0);
  // 30 Hz, every second frame 4 ms late: |D| is 4 ms each time, and J goes there.
  for (int i = 0; i < 200; i++) {
    reception.measureJitter(static_cast<std::uint32_t>(i * 3000), i * 100'000 / 3 + (i % 2) * 4000);
  }
  CHECK(reception.jitterUs() > 3900 && reception.jitterUs() < 4100);
  // A clock that was set is no jitter.
  reception.measureJitter(200 * 3000 + 900'000'000, 200 * 100'000 / 3);
  CHECK(reception.jitterUs() < 4100);
  reception.onSenderReport(0x1122'3344'5566'7788, 1'000'000);
  const ReportBlock block = reception.report(1'500'000);
  CHECK(block.lastSenderReport == 0x3344'5566 && block.delaySinceSenderReport == 32768);
  CHECK(block.jitter > 351 && block.jitter < 370);
}

}  // namespace

int main() {
  loss();
  unwraps();
  jumps();
  jitterAndSenderReport();
  return 0;
}
