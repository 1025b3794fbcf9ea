#include "link/h264-packetizer.h"

#include <algorithm>
#include <array>

namespace feimu {

std::vector<std::span<const std::uint8_t>> splitAnnexB(std::span<const std::uint8_t> bytes) {
  std::vector<std::span<const std::uint8_t>> nals;
  static constexpr std::array<std::uint8_t, 3> code{0, 0, 1};
  auto from = std::search(bytes.begin(), bytes.end(), code.begin(), code.end());
  while (from != bytes.end()) {
    from += 3;
    auto next = std::search(from, bytes.end(), code.begin(), code.end());
    auto end = next;
    // The zero before a four-byte start code, and trailing zeros, belong to no NAL unit.
    while (end != from && *(end - 1) == 0) --end;
    if (end != from) nals.emplace_back(from, end);
    from = next;
  }
  return nals;
}

std::vector<std::uint8_t>& H264Packetizer::begin(std::vector<std::vector<std::uint8_t>>& packets,
                                                 std::uint32_t timestamp) {
  static constexpr std::array<std::uint8_t, 3> noDelay{0, 0, 0};
  RtpPacket header;
  header.sequence = sequence_++;
  header.timestamp = timestamp;
  header.ssrc = options_.ssrc;
  header.payloadType = options_.payloadType;
  auto& packet = packets.emplace_back();
  packet.reserve(options_.maxPayloadBytes + 24);
  writeRtpHeader(header, {options_.playoutDelayId, noDelay}, packet);
  return packet;
}

std::vector<std::vector<std::uint8_t>> H264Packetizer::packetize(std::span<const std::uint8_t> annexB,
                                                                 std::uint32_t timestamp) {
  std::vector<std::vector<std::uint8_t>> packets;
  for (std::span<const std::uint8_t> nal : splitAnnexB(annexB)) {
    if (nal.size() <= options_.maxPayloadBytes) {
      auto& packet = begin(packets, timestamp);
      packet.insert(packet.end(), nal.begin(), nal.end());
      continue;
    }
    const std::uint8_t header = nal[0];
    std::span<const std::uint8_t> rest = nal.subspan(1);
    for (bool first = true; !rest.empty(); first = false) {
      const std::size_t size = std::min(rest.size(), options_.maxPayloadBytes - 2);
      auto& packet = begin(packets, timestamp);
      packet.push_back((header & 0xe0) | 28);
      packet.push_back(static_cast<std::uint8_t>((first ? 0x80 : 0) | (size == rest.size() ? 0x40 : 0) | (header & 0x1f)));
      packet.insert(packet.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
      rest = rest.subspan(size);
    }
  }
  if (!packets.empty()) packets.back()[1] |= 0x80;
  return packets;
}

}  // namespace feimu
