#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "link/rtp-packet.h"

namespace feimu {

/// H.264 to RTP, packetization mode 1 (RFC 6184 §6.3), see H264Splitter, as whole packets of their own.
/// One thread.
class H264Packetizer {
 public:
  struct Options {
    std::uint32_t ssrc = 0;
    std::uint8_t payloadType = 96;
    std::size_t maxPayloadBytes = 1180;
    /// Header extension "playout-delay" with min = max = 0 on every packet: browsers then present at once. 0 = none.
    std::uint8_t playoutDelayId = 0;
  };
  explicit H264Packetizer(const Options& options) : options_(options) {}

  /// Packets of one access unit (Annex B), the last one with the marker. `timestamp` in 90 kHz.
  std::vector<std::vector<std::uint8_t>> packetize(std::span<const std::uint8_t> annexB, std::uint32_t timestamp);

 private:
  std::vector<std::uint8_t>& begin(std::vector<std::vector<std::uint8_t>>& packets, std::uint32_t timestamp);
  Options options_;
  std::uint16_t sequence_ = 0;
};

}  // namespace feimu
