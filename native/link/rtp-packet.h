#pragma once
// RTP (RFC 3550 §5.1):
//  0                   1                   2                   3
//  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//  |                           timestamp                           |
//  |                             SSRC                              |
//  |                   CSRC identifiers (CC of them) ...           |
//  |  extension profile, X only    |  length in 32-bit words       | ...
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace feimu {

struct RtpPacket {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint8_t payloadType = 0;
  bool marker = false;
  std::span<const std::uint8_t> payload;  // inside the parsed bytes
};

/// Empty for what is not RTP version 2, for RTCP, and for lengths that do not add up.
std::optional<RtpPacket> parseRtp(std::span<const std::uint8_t> bytes);

/// One header extension element (RFC 8285, one-byte form). id 0 = none.
struct RtpExtension {
  std::uint8_t id = 0;
  std::span<const std::uint8_t> data;  // 1 to 16 bytes
};

/// Appends the header of `packet` (its payload is not looked at) to `out`.
void writeRtpHeader(const RtpPacket& packet, const RtpExtension& extension, std::vector<std::uint8_t>& out);

/// A picture loss indication (RFC 4585 §6.3.1), 12 bytes.
std::vector<std::uint8_t> makePli(std::uint32_t senderSsrc, std::uint32_t mediaSsrc);

/// Whether an RTCP compound packet asks for a key frame: PLI, or FIR (RFC 5104 §4.3.1).
bool asksForKeyFrame(std::span<const std::uint8_t> rtcp);

}  // namespace feimu
