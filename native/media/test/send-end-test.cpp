// The sending end under its circuit breaker, in simulated time.
#include "media/send-end.h"

#include <algorithm>
#include <array>
#include <vector>

#include "link/fixed-controller.h"
#include "link/rtcp.h"
#include "link/rtp-packet.h"
#include "testing/check.h"

using namespace feimu;

namespace {

constexpr std::int64_t frameUs = 33'333;

/// Sends a picture every 33 ms and gets a report a second; how many seconds until it stops, 0: never in a minute.
int secondsUntilBroken(bool oneWay, std::uint8_t fractionLost, bool reports) {
  LinkSender::Options options;
  options.mediaSsrc = 7;
  options.frameUs = frameUs;
  std::vector<FrameTimes> sent;
  SendEnd end(options, std::make_unique<FixedController>(4e6), oneWay, [&](const FrameTimes& times) { sent.push_back(times); });
  std::int64_t now = 1'000'000'000;
  std::uint32_t highest = 0;
  std::array<std::uint8_t, 1500> out{};
  for (int number = 0; number < 60 * 30; number++, now += frameUs) {
    auto frame = std::make_shared<EncodedFrame>();
    frame->data.assign(4'000, 0xa5);
    constexpr std::array<std::uint8_t, 6> slice{0, 0, 0, 1, 0x65, 0x88};
    std::copy(slice.begin(), slice.end(), frame->data.begin());
    frame->key = true;
    frame->captureUs = now - 5'000;
    frame->timestamp = static_cast<std::uint32_t>(number) * 3'000;
    CHECK(end.push(frame, static_cast<std::uint64_t>(number), now));
    for (std::int64_t at = now; at < now + frameUs; at += 1'000) {
      while (const std::size_t size = end.next(at, out)) {
        const auto packet = parseRtp(std::span(out).first(size));
        if (packet) highest = packet->sequence;
      }
    }
    if (end.tripped() != CircuitBreaker::Trip::none) {
      CHECK(end.next(now + frameUs, out) == 0);
      return number / 30;
    }
    if (!reports || number % 30 != 29) continue;
    const ReportBlock block{.ssrc = 7, .fractionLost = fractionLost, .highestSequence = highest};
    std::vector<std::uint8_t> bytes;
    CHECK(writeRtcp(ReceiverReport{.ssrc = 9, .blocks = {block}}, bytes, 1200));
    end.onPacket(bytes, now, 0);
  }
  CHECK(sent.size() == 1'800 && sent[5].frame == 5 && sent[5].sentUs >= sent[5].encodedUs);
  return 0;
}

}  // namespace

int main() {
  CHECK(secondsUntilBroken(false, 0, true) == 0);
  const int unheard = secondsUntilBroken(false, 0, false);
  CHECK(unheard >= 14 && unheard <= 16);  // RFC 8083 §4.1: three reports of 5 s
  CHECK(secondsUntilBroken(true, 0, false) == 0);  // its owner says that nothing comes back
}
