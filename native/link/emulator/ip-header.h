#pragma once
#include <cstdint>
#include <span>

namespace feimu {

/// The ECN bits of an IPv4 or IPv6 packet (RFC 3168 §5); 0 for what is neither.
inline std::uint8_t ecnOf(std::span<const std::uint8_t> packet) {
  if (packet.size() >= 20 && packet[0] >> 4 == 4) return packet[1] & 3;
  if (packet.size() >= 40 && packet[0] >> 4 == 6) return packet[1] >> 4 & 3;
  return 0;
}

/// Sets "congestion experienced", with the checksum of IPv4 brought up to date (RFC 1624).
inline void markCongested(std::span<std::uint8_t> packet) {
  const std::uint8_t added = 3 - ecnOf(packet);
  if (packet.size() >= 40 && packet[0] >> 4 == 6) {
    packet[1] |= 0x30;
  } else if (packet.size() >= 20 && packet[0] >> 4 == 4) {
    packet[1] |= 3;
    // The sum of the header's words grew by `added`: its complement shrinks by that.
    const std::uint32_t sum = static_cast<std::uint32_t>(0xffff & ~(packet[10] << 8 | packet[11])) + added;
    const std::uint32_t checksum = 0xffff & ~((sum & 0xffff) + (sum >> 16));
    packet[10] = static_cast<std::uint8_t>(checksum >> 8);
    packet[11] = static_cast<std::uint8_t>(checksum);
  }
}

}  // namespace feimu
