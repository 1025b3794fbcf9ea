#include "link/h264-depacketizer.h"

#include <algorithm>
#include <array>

#include "link/h264-packetizer.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

// An input is a train of packets, each behind four bytes:
// |  step of the sequence number, signed 8  |T|M| ms since the one before, 6 | payload size 16 |   T: new timestamp
namespace {
constexpr std::size_t headBytes = 4;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  H264Depacketizer depacketizer([](AccessUnit&& unit) {
    static constexpr std::array<std::uint8_t, 4> startCode{0, 0, 0, 1};
    CHECK(unit.data.size() > 4 && std::equal(startCode.begin(), startCode.end(), unit.data.begin()));
  });
  RtpPacket packet;
  std::int64_t nowUs = 0;
  for (std::size_t at = 0; at + headBytes <= size;) {
    packet.sequence = static_cast<std::uint16_t>(packet.sequence + static_cast<std::int8_t>(data[at]));
    packet.timestamp += (data[at + 1] & 0x80) != 0 ? 3000 : 0;
    packet.marker = (data[at + 1] & 0x40) != 0;
    nowUs += (data[at + 1] & 0x3f) * 1000;
    const std::size_t left = size - at - headBytes;
    const std::size_t payloadBytes = std::min(left, std::size_t{data[at + 2]} << 8 | data[at + 3]);
    packet.payload = {data + at + headBytes, payloadBytes};
    depacketizer.push(packet, nowUs);
    depacketizer.expire(nowUs);
    at += headBytes + payloadBytes;
  }
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::vector<std::uint8_t>> seeds;
  for (const std::size_t sliceBytes : {5, 100}) {
    H264Packetizer packetizer({.maxPayloadBytes = 30});
    auto& seed = seeds.emplace_back();
    for (const bool key : {true, false, false}) {
      std::vector<std::uint8_t> unit;
      if (key) unit = {0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3};
      unit.insert(unit.end(), {0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)});
      unit.resize(unit.size() + sliceBytes, 9);
      bool first = true;
      for (const auto& bytes : packetizer.packetize(unit, 0)) {
        const auto packet = parseRtp(bytes);
        seed.insert(seed.end(), {1, static_cast<std::uint8_t>((first ? 0x80 : 0) | (packet->marker ? 0x40 : 0) | 1), 0,
                                 static_cast<std::uint8_t>(packet->payload.size())});
        seed.insert(seed.end(), packet->payload.begin(), packet->payload.end());
        first = false;
      }
    }
  }
  return seeds;
}
