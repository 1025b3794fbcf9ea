#include "link/congestion-feedback.h"

#include "link/byte-order.h"

namespace feimu {

std::optional<CongestionFeedback> parseCongestionFeedback(std::span<const std::uint8_t> body) {
  if (body.size() < 8) return std::nullopt;
  CongestionFeedback feedback;
  feedback.senderSsrc = read32(&body[0]);
  feedback.timestamp = read32(&body[body.size() - 4]);
  std::span<const std::uint8_t> rest = body.subspan(4, body.size() - 8);
  while (!rest.empty()) {
    if (rest.size() < 8) return std::nullopt;
    const std::size_t count = read16(&rest[6]);
    const std::size_t bytes = 8 + (count + 1) / 2 * 4;
    if (count > CongestionFeedback::maxPackets || bytes > rest.size()) return std::nullopt;
    auto& stream = feedback.streams.emplace_back();
    stream.ssrc = read32(&rest[0]);
    stream.beginSequence = read16(&rest[4]);
    stream.packets.resize(count);
    for (std::size_t i = 0; i < count; i++) {
      const std::uint16_t metric = read16(&rest[8 + 2 * i]);
      // §3.1: without R the other bits are ignored.
      if ((metric & 0x8000) == 0) continue;
      stream.packets[i] = {true, static_cast<std::uint8_t>(metric >> 13 & 3), static_cast<std::uint16_t>(metric & 0x1fff)};
    }
    rest = rest.subspan(bytes);
  }
  return feedback;
}

bool writeCongestionFeedback(const CongestionFeedback& feedback, std::vector<std::uint8_t>& out) {
  append32(out, feedback.senderSsrc);
  for (const auto& stream : feedback.streams) {
    if (stream.packets.size() > CongestionFeedback::maxPackets) return false;
    append32(out, stream.ssrc);
    append16(out, stream.beginSequence);
    append16(out, static_cast<std::uint32_t>(stream.packets.size()));
    for (const auto& packet : stream.packets) {
      if (packet.ecn > 3 || packet.arrivalOffset > CongestionFeedback::unknown) return false;
      append16(out, packet.received ? 0x8000u | std::uint32_t{packet.ecn} << 13 | packet.arrivalOffset : 0);
    }
    if (stream.packets.size() % 2 != 0) append16(out, 0);
  }
  append32(out, feedback.timestamp);
  return true;
}

}  // namespace feimu
