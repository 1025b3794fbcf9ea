#pragma once
// RTP (RFC 3550 §5.1):
//  0                   1                   2                   3
//  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//  |                           timestamp                           |
//  |                             SSRC                              |
//  |                   CSRC identifiers (CC of them) ...           |
//  |  extension profile, X only    |  length in 32-bit words       | ...
// Header extensions (RFC 8285), filled up with zeros to 32 bits:
//  profile 0xBEDE, one-byte form:  |  ID 4 |len-1 4|  1 to 16 bytes   ...
//  profile 0x100X, two-byte form:  |     ID 8      |   length 8    |  0 to 255 bytes ...
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace feimu {

struct RtpHeader {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint8_t payloadType = 0;
  bool marker = false;
};

struct RtpPacket : RtpHeader {
  std::span<const std::uint8_t> payload;     // inside the parsed bytes
  std::span<const std::uint8_t> extensions;  // inside the parsed bytes: the elements
  std::uint16_t extensionProfile = 0;

  /// The data of a header extension; empty when the packet has none with this `id` (1 to 255, 1 to 14 in the one-byte
  /// form). Elements behind a broken one do not count.
  [[nodiscard]] std::span<const std::uint8_t> extension(std::uint8_t id) const;
};

/// Empty for what is not RTP version 2, for RTCP, and for lengths that do not add up.
std::optional<RtpPacket> parseRtp(std::span<const std::uint8_t> bytes);

/// One header extension element. id 0: not negotiated, not written.
struct RtpExtension {
  std::uint8_t id = 0;
  std::span<const std::uint8_t> data;  // at most 255 bytes
};

/// Writes a header and its extensions, in the one-byte form where that can hold them. Returns its size; 0 when `out`
/// is too small or an extension too long. Allocates nothing.
std::size_t writeRtpHeader(const RtpHeader& header, std::span<const RtpExtension> extensions, std::span<std::uint8_t> out);

}  // namespace feimu
