#include "link/link-sender.h"

#include <algorithm>
#include <array>
#include <memory>

#include "link/bbr-controller.h"
#include "link/byte-order.h"
#include "link/rtcp.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

namespace {

constexpr std::int64_t frameUs = 33'333;
constexpr std::int64_t stepUs = 5'000;

/// A sender with its source, which pushes a picture every 33 ms.
struct Life {
  std::int64_t nowUs = 1'000'000'000;
  std::int64_t number = 0;
  PacketRing ring{256, 65'500};
  LinkSender sender{{}, ring, std::make_unique<BbrController>(BbrOptions{.frameUs = frameUs})};

  void push() {
    auto frame = std::make_shared<EncodedFrame>();
    frame->number = number;
    frame->timestamp = static_cast<std::uint32_t>(3'000 * number);
    frame->captureUs = nowUs;
    frame->key = number++ % 10 == 0;
    frame->data.assign(4'000, 7);
    const std::array<std::uint8_t, 5> head{0, 0, 0, 1, static_cast<std::uint8_t>(frame->key ? 0x65 : 0x41)};
    std::copy(head.begin(), head.end(), frame->data.begin());
    ring.push(std::move(frame), nowUs, 1'002);
  }
  void send() {
    std::array<std::uint8_t, 1'500> out;
    for (int i = 0; const std::size_t size = sender.next(nowUs, out); i++) {
      CHECK(size <= out.size() && i < 1'000);
    }
    const RateTarget target = sender.stats().target;
    CHECK(target.mediaBps >= 150e3 && target.mediaBps <= 10e6 && target.pacingBps >= 150e3 && target.pacingBps < 1e10);
    CHECK(target.windowBytes > 0 && sender.controller().inflightBytes() >= 0);
    const double share = sender.state().mediaShare.load();
    CHECK(share > 0 && share <= 1);
  }
  void pass(std::int64_t us) {
    for (const std::int64_t endUs = nowUs + us; nowUs < endUs; nowUs += std::min(stepUs, endUs - nowUs)) {
      if (nowUs / frameUs != (nowUs - stepUs) / frameUs) push();
      send();
    }
  }
};

}  // namespace

/// What a sender hears after 200 ms of a link: records of |  milliseconds 8  |  size 16  |  bytes, as datagrams that come
/// so much later. Whatever they say, rates stay within what the source can do, polling ends, and the link goes on: 3 s
/// after the last of them new pictures leave.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto life = std::make_unique<Life>();
  life->pass(200'000);
  std::span<const std::uint8_t> rest(data, size);
  for (int i = 0; rest.size() >= 3 && i < 64; i++) {
    life->pass(std::int64_t{rest[0]} * 1'000);
    const std::size_t bytes = std::min<std::size_t>(read16(&rest[1]), rest.size() - 3);
    life->sender.onPacket(rest.subspan(3, bytes), life->nowUs, 0);
    rest = rest.subspan(3 + bytes);
  }
  const std::uint64_t before = life->sender.stats().packets;
  life->pass(3'000'000);
  CHECK(life->sender.stats().packets > before);
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::uint8_t> seed;
  const auto add = [&seed](const RtcpMessage& message, std::uint8_t afterMs) {
    std::vector<std::uint8_t> bytes;
    CHECK(writeRtcp(message, bytes, 1'200));
    seed.insert(seed.end(), {afterMs, static_cast<std::uint8_t>(bytes.size() >> 8), static_cast<std::uint8_t>(bytes.size())});
    seed.insert(seed.end(), bytes.begin(), bytes.end());
  };
  std::vector<std::vector<std::uint8_t>> seeds;
  const LinkSender::Options options;
  for (std::uint16_t i = 0; i < 4; i++) {
    TransportFeedback feedback{9, options.mediaSsrc, static_cast<std::uint8_t>(i), {}};
    for (std::uint16_t n = 0; n < 8; n++) feedback.packets.push_back({static_cast<std::uint16_t>(8 * i + n), n != 3, 5'000'000 + 50'000 * i + 2'000 * n});
    add(feedback, 40);
  }
  seeds.push_back(seed);
  seed.clear();
  for (std::uint16_t i = 0; i < 4; i++) {
    CongestionFeedback feedback{9, 77'000'000u + 3'000u * i, {}};
    auto& stream = feedback.streams.emplace_back();
    stream.ssrc = options.mediaSsrc;
    stream.beginSequence = static_cast<std::uint16_t>(65'500 + 8 * i);
    for (std::uint16_t n = 0; n < 8; n++) stream.packets.push_back({n != 3, 1, static_cast<std::uint16_t>(n == 3 ? 0 : 20 - 2 * n)});
    add(feedback, 40);
    add(Nack{9, options.mediaSsrc, {static_cast<std::uint16_t>(65'503 + 8 * i)}}, 2);
  }
  add(KeyFrameRequest{.senderSsrc = 9, .mediaSsrc = options.mediaSsrc}, 1);
  add(ReceiverReport{.ssrc = 9, .blocks = {{.ssrc = options.mediaSsrc, .lastSenderReport = 1, .delaySinceSenderReport = 2}}}, 1);
  seeds.push_back(seed);
  return seeds;
}
