#include "link/link-receiver.h"

#include <algorithm>
#include <array>
#include <memory>

#include "link/byte-order.h"
#include "link/fec.h"
#include "link/rtcp.h"
#include "link/rtp-packet.h"
#include "link/rtx.h"
#include "link/test/h264-packetizer.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

/// A receiver's life: records of |  kind 8  |  milliseconds 8  |  size 16  |  bytes, as datagrams that arrive so much
/// later. Kinds: 0 RTCP is polled, 1 a clock steps back, 2 the decoder failed, others a datagram. Whatever comes, what is
/// sent fits a packet, polling ends, and pictures are never empty.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  LinkReceiver::Options options;
  options.feedback = (data[0] & 1) != 0 ? LinkReceiver::FeedbackKind::congestion : LinkReceiver::FeedbackKind::transportWide;
  const auto receiver = LinkReceiver::make(options, [](AccessUnit&& unit) {
    CHECK(!unit.data.empty());
  });
  std::int64_t nowUs = 1'000'000'000;
  std::array<std::uint8_t, 1200> out;
  std::span<const std::uint8_t> rest(data + 1, size - 1);
  while (rest.size() >= 4) {
    const std::uint8_t kind = rest[0];
    nowUs += std::int64_t{rest[1]} * 1000;
    const std::size_t bytes = std::min<std::size_t>(read16(&rest[2]), rest.size() - 4);
    if (kind == 1) nowUs -= 10'000'000;
    if (kind == 2) receiver->requestKeyFrame();
    if (kind > 2) receiver->onPacket(rest.subspan(4, bytes), nowUs, kind & 3);
    rest = rest.subspan(4 + bytes);
    for (int i = 0; receiver->next(nowUs, out) != 0; i++) {
      CHECK(i < 100);
    }
    (void)receiver->wakeUs();
  }
  const auto stats = receiver->stats();
  CHECK(stats.queueDelayUs >= 0 && stats.repairedByRtx <= stats.packets);
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  using Bytes = std::vector<std::uint8_t>;
  std::vector<Bytes> seeds;
  for (const std::uint8_t feedback : {0, 1}) {
    Bytes& seed = seeds.emplace_back(Bytes{feedback});
    const auto add = [&seed](const Bytes& datagram) {
      seed.insert(seed.end(), {4, 3, static_cast<std::uint8_t>(datagram.size() >> 8), static_cast<std::uint8_t>(datagram.size())});
      seed.insert(seed.end(), datagram.begin(), datagram.end());
    };
    H264Packetizer packetizer({.ssrc = 7, .maxPayloadBytes = 40});
    FecEncoder encoder;
    std::uint16_t sequence = 0;
    for (const bool key : {true, false, false}) {
      Bytes unit{0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65};
      if (!key) unit = {0, 0, 0, 1, 0x41};
      unit.resize(unit.size() + 100, 9);
      const auto packets = packetizer.packetize(unit, 3000u * sequence);
      std::vector<FecMedia> media;
      for (const Bytes& bytes : packets) {
        const auto packet = *parseRtp(bytes);
        media.push_back({packet.marker, {}, packet.payload});
        // One comes as a retransmission, one by parity, the others themselves.
        if (packet.sequence % 4 == 1) continue;
        if (packet.sequence % 4 != 2) {
          add(bytes);
          continue;
        }
        RtpHeader header = packet;
        header.ssrc = 8;
        header.payloadType = 97;
        Bytes out(64);
        out.resize(writeRtxHeader(header, {}, packet.sequence, out));
        out.insert(out.end(), packet.payload.begin(), packet.payload.end());
        add(out);
      }
      for (const auto payload : encoder.encode(sequence, media, 2)) {
        Bytes out(64);
        out.resize(writeRtpHeader({sequence, 3000u * sequence, 9, 98, false}, {}, out));
        out.insert(out.end(), payload.begin(), payload.end());
        add(out);
      }
      sequence = static_cast<std::uint16_t>(sequence + packets.size());
    }
    Bytes report;
    writeRtcp(SenderReport{.ssrc = 7, .ntp = 1, .blocks = {}}, report, 100);
    add(report);
    seed.insert(seed.end(), {0, 200, 0, 0, 2, 1, 0, 0, 1, 1, 0, 0});
  }
  return seeds;
}
