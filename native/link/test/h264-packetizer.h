#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "link/h264-splitter.h"
#include "link/rtp-packet.h"

namespace feimu {

/// Whole RTP packets of access units (Annex B), as a sender of ours makes them, the last one of each with the marker.
class H264Packetizer {
 public:
  struct Options {
    std::uint32_t ssrc = 0;
    std::uint8_t payloadType = 96;
    std::size_t maxPayloadBytes = 1180;
  };
  explicit H264Packetizer(const Options& options) : options_(options) {}

  std::vector<std::vector<std::uint8_t>> packetize(std::span<const std::uint8_t> annexB, std::uint32_t timestamp) {
    std::vector<std::vector<std::uint8_t>> packets;
    H264Splitter splitter(annexB, options_.maxPayloadBytes);
    for (H264Payload payload; splitter.next(payload);) {
      std::array<std::uint8_t, 12> header{};
      writeRtpHeader({sequence_++, timestamp, options_.ssrc, options_.payloadType, payload.last}, {}, header);
      auto& packet = packets.emplace_back(header.begin(), header.end());
      packet.resize(header.size() + payload.sizeBytes);
      payload.write(packet.data() + header.size());
    }
    return packets;
  }

 private:
  Options options_;
  std::uint16_t sequence_ = 0;
};

}  // namespace feimu
