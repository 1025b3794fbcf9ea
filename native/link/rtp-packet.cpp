#include "link/rtp-packet.h"

#include <algorithm>

#include "link/byte-order.h"

namespace feimu {

namespace {
constexpr std::size_t fixedBytes = 12;
constexpr std::uint16_t oneByteProfile = 0xbede;
constexpr std::uint16_t twoByteProfile = 0x1000;  // its lowest four bits are the application's
constexpr std::uint8_t stopId = 15;
}  // namespace

std::span<const std::uint8_t> RtpPacket::extension(std::uint8_t id) const {
  const bool oneByte = extensionProfile == oneByteProfile;
  if (id == 0 || (!oneByte && (extensionProfile & 0xfff0) != twoByteProfile)) return {};
  const std::size_t headerBytes = oneByte ? 1 : 2;
  std::span<const std::uint8_t> rest = extensions;
  while (rest.size() >= headerBytes) {
    if (rest[0] == 0) {
      rest = rest.subspan(1);
      continue;
    }
    const std::uint8_t found = oneByte ? rest[0] >> 4 : rest[0];
    // RFC 8285 §4.2: 15, and 0 with a length, end it.
    if (oneByte && (found == stopId || found == 0)) return {};
    const std::size_t size = oneByte ? (rest[0] & 0x0f) + 1u : rest[1];
    if (headerBytes + size > rest.size()) return {};
    if (found == id) return rest.subspan(headerBytes, size);
    rest = rest.subspan(headerBytes + size);
  }
  return {};
}

std::optional<RtpPacket> parseRtp(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < fixedBytes || bytes[0] >> 6 != 2) return std::nullopt;
  RtpPacket packet;
  packet.marker = (bytes[1] & 0x80) != 0;
  packet.payloadType = bytes[1] & 0x7f;
  // RFC 5761 §4: 64..95 would be RTCP packet types 192..223.
  if (packet.payloadType >= 64 && packet.payloadType <= 95) return std::nullopt;
  packet.sequence = read16(&bytes[2]);
  packet.timestamp = read32(&bytes[4]);
  packet.ssrc = read32(&bytes[8]);
  std::size_t begin = fixedBytes + std::size_t{4} * (bytes[0] & 0x0f);
  std::size_t end = bytes.size();
  if (begin > end) return std::nullopt;
  if ((bytes[0] & 0x10) != 0) {
    if (begin + 4 > end) return std::nullopt;
    packet.extensionProfile = read16(&bytes[begin]);
    const std::size_t size = std::size_t{4} * read16(&bytes[begin + 2]);
    begin += 4;
    if (begin + size > end) return std::nullopt;
    packet.extensions = bytes.subspan(begin, size);
    begin += size;
  }
  if ((bytes[0] & 0x20) != 0) {
    const std::size_t padding = bytes[end - 1];
    if (padding == 0 || begin + padding > end) return std::nullopt;
    end -= padding;
  }
  packet.payload = bytes.subspan(begin, end - begin);
  return packet;
}

std::size_t writeRtpHeader(const RtpHeader& header, std::span<const RtpExtension> extensions, std::span<std::uint8_t> out) {
  std::size_t dataBytes = 0;
  std::size_t count = 0;
  bool oneByte = true;
  for (const RtpExtension& extension : extensions) {
    if (extension.id == 0) continue;
    if (extension.data.size() > 255) return 0;
    oneByte = oneByte && extension.id < stopId && !extension.data.empty() && extension.data.size() <= 16;
    dataBytes += extension.data.size();
    count++;
  }
  const std::size_t words = (dataBytes + count * (oneByte ? 1 : 2) + 3) / 4;
  const std::size_t size = fixedBytes + (count > 0 ? 4 + words * 4 : 0);
  if (size > out.size() || words > 0xffff) return 0;
  out[0] = count > 0 ? 0x90 : 0x80;
  out[1] = static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | (header.payloadType & 0x7f));
  write16(&out[2], header.sequence);
  write32(&out[4], header.timestamp);
  write32(&out[8], header.ssrc);
  if (count == 0) return size;
  write16(&out[12], oneByte ? oneByteProfile : twoByteProfile);
  write16(&out[14], static_cast<std::uint32_t>(words));
  auto at = out.begin() + 16;
  for (const RtpExtension& extension : extensions) {
    if (extension.id == 0) continue;
    if (oneByte) {
      *at++ = static_cast<std::uint8_t>(extension.id << 4 | (extension.data.size() - 1));
    } else {
      *at++ = extension.id;
      *at++ = static_cast<std::uint8_t>(extension.data.size());
    }
    at = std::copy(extension.data.begin(), extension.data.end(), at);
  }
  std::fill(at, out.begin() + static_cast<std::ptrdiff_t>(size), std::uint8_t{0});
  return size;
}

}  // namespace feimu
