#pragma once
// Retransmission (RFC 4588 §4): a stream of its own SSRC, payload type and sequence numbers; timestamp and marker are
// the original's. Behind the RTP header:
//  |  original sequence number 16  |  the original's payload ...
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "link/rtp-packet.h"

namespace feimu {

/// Writes what stands before the original's payload: `header` has the retransmission stream's SSRC, payload type and
/// sequence number. Returns its size; 0 when `out` is too small.
std::size_t writeRtxHeader(const RtpHeader& header, std::span<const RtpExtension> extensions,
                           std::uint16_t originalSequence, std::span<std::uint8_t> out);

/// The packet as it was first sent, with the media stream's SSRC and payload type; its payload lies in the parsed
/// bytes, its extensions are the retransmission's. Empty when it holds none, e.g. padding that probes the path.
std::optional<RtpPacket> restoreRtx(const RtpPacket& rtx, std::uint32_t mediaSsrc, std::uint8_t mediaPayloadType);

}  // namespace feimu
