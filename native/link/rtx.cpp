#include "link/rtx.h"

#include "link/byte-order.h"

namespace feimu {

std::size_t writeRtxHeader(const RtpHeader& header, std::span<const RtpExtension> extensions,
                           std::uint16_t originalSequence, std::span<std::uint8_t> out) {
  const std::size_t size = writeRtpHeader(header, extensions, out);
  if (size == 0 || size + 2 > out.size()) return 0;
  write16(&out[size], originalSequence);
  return size + 2;
}

std::optional<RtpPacket> restoreRtx(const RtpPacket& rtx, std::uint32_t mediaSsrc, std::uint8_t mediaPayloadType) {
  if (rtx.payload.size() < 2) return std::nullopt;
  RtpPacket packet = rtx;
  packet.sequence = read16(rtx.payload.data());
  packet.ssrc = mediaSsrc;
  packet.payloadType = mediaPayloadType;
  packet.payload = rtx.payload.subspan(2);
  return packet;
}

}  // namespace feimu
