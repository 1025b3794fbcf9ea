#include "link/rtp-packet.h"

namespace feimu {

namespace {
std::uint16_t read16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
std::uint32_t read32(const std::uint8_t* at) { return std::uint32_t{read16(at)} << 16 | read16(at + 2); }

void append16(std::vector<std::uint8_t>& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void append32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  append16(out, value >> 16);
  append16(out, value & 0xffff);
}
}  // namespace

std::optional<RtpPacket> parseRtp(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 12 || bytes[0] >> 6 != 2) return std::nullopt;
  RtpPacket packet;
  packet.marker = (bytes[1] & 0x80) != 0;
  packet.payloadType = bytes[1] & 0x7f;
  // RFC 5761 §4: 64..95 would be RTCP packet types 192..223.
  if (packet.payloadType >= 64 && packet.payloadType <= 95) return std::nullopt;
  packet.sequence = read16(&bytes[2]);
  packet.timestamp = read32(&bytes[4]);
  packet.ssrc = read32(&bytes[8]);
  std::size_t begin = 12 + std::size_t{4} * (bytes[0] & 0x0f);
  std::size_t end = bytes.size();
  if (begin > end) return std::nullopt;
  if ((bytes[0] & 0x10) != 0) {
    if (begin + 4 > end) return std::nullopt;
    begin += 4 + std::size_t{4} * read16(&bytes[begin + 2]);
    if (begin > end) return std::nullopt;
  }
  if ((bytes[0] & 0x20) != 0) {
    const std::size_t padding = bytes[end - 1];
    if (padding == 0 || begin + padding > end) return std::nullopt;
    end -= padding;
  }
  packet.payload = bytes.subspan(begin, end - begin);
  return packet;
}

void writeRtpHeader(const RtpPacket& packet, const RtpExtension& extension, std::vector<std::uint8_t>& out) {
  const bool extended = extension.id != 0 && !extension.data.empty();
  out.push_back(extended ? 0x90 : 0x80);
  out.push_back(static_cast<std::uint8_t>((packet.marker ? 0x80 : 0) | packet.payloadType));
  append16(out, packet.sequence);
  append32(out, packet.timestamp);
  append32(out, packet.ssrc);
  if (!extended) return;
  const std::size_t words = (1 + extension.data.size() + 3) / 4;
  append16(out, 0xbede);
  append16(out, static_cast<std::uint32_t>(words));
  out.push_back(static_cast<std::uint8_t>(extension.id << 4 | (extension.data.size() - 1)));
  out.insert(out.end(), extension.data.begin(), extension.data.end());
  out.resize(out.size() + words * 4 - 1 - extension.data.size());
}

std::vector<std::uint8_t> makePli(std::uint32_t senderSsrc, std::uint32_t mediaSsrc) {
  std::vector<std::uint8_t> out{0x81, 206};
  append16(out, 2);
  append32(out, senderSsrc);
  append32(out, mediaSsrc);
  return out;
}

bool asksForKeyFrame(std::span<const std::uint8_t> rtcp) {
  while (rtcp.size() >= 4 && rtcp[0] >> 6 == 2) {
    const std::size_t size = (std::size_t{read16(&rtcp[2])} + 1) * 4;
    if (size > rtcp.size()) return false;
    const int format = rtcp[0] & 0x1f;
    if (rtcp[1] == 206 && (format == 1 || format == 4)) return true;
    rtcp = rtcp.subspan(size);
  }
  return false;
}

}  // namespace feimu
