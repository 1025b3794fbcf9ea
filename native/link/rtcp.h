#pragma once
// RTCP, compound (RFC 3550 §6.1) and reduced-size (RFC 5506): packets behind one another, each with
//  0                   1                   2                   3
//  |V=2|P| RC/FMT  |      PT       |    length in words, less one  |
//  |                        SSRC of its sender                     | ...
// SR (PT=200): NTP 64, RTP timestamp 32, packets 32, octets 32, then RC report blocks; RR (PT=201): RC blocks of
//  |                              SSRC                             |
//  | fraction lost |         cumulative number of packets lost     |
//  |             extended highest sequence number received         |
//  |                       interarrival jitter                     |
//  |              last SR          |    (32 bits each)      DLSR   |
// NACK (PT=205, FMT=1), media SSRC, then |  PID 16  |  BLP 16: bit i = PID + 1 + i is lost too  | ...
// PLI (PT=206, FMT=1), media SSRC. FIR (PT=206, FMT=4), media SSRC 0, then |  SSRC 32  |  seq nr. 8  |  0 24  | ...
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "link/congestion-feedback.h"
#include "link/transport-feedback.h"

namespace feimu {

/// RFC 3550 §6.4.
struct ReportBlock {
  std::uint32_t ssrc = 0;
  std::uint8_t fractionLost = 0;             // 1/256
  std::int32_t cumulativeLost = 0;           // 24 bits, written clamped
  std::uint32_t highestSequence = 0;         // extended
  std::uint32_t jitter = 0;                  // timestamp units
  std::uint32_t lastSenderReport = 0;        // middle 32 bits of NTP
  std::uint32_t delaySinceSenderReport = 0;  // 1/65536 s
};
struct SenderReport {
  std::uint32_t ssrc = 0;
  std::uint64_t ntp = 0;                     // 32.32 s since 1900
  std::uint32_t timestamp = 0;
  std::uint32_t packets = 0;
  std::uint32_t octets = 0;
  std::vector<ReportBlock> blocks;           // at most 31
};
struct ReceiverReport {
  std::uint32_t ssrc = 0;
  std::vector<ReportBlock> blocks;           // at most 31
};
/// RFC 4585 §6.2.1.
struct Nack {
  std::uint32_t senderSsrc = 0;
  std::uint32_t mediaSsrc = 0;
  std::vector<std::uint16_t> sequences;      // oldest first is shortest
};
/// PLI (RFC 4585 §6.3.1) or FIR (RFC 5104 §4.3.1).
struct KeyFrameRequest {
  std::uint32_t senderSsrc = 0;
  std::uint32_t mediaSsrc = 0;
  bool full = false;                         // FIR
  std::uint8_t command = 0;                  // FIR's sequence number
};

using RtcpMessage = std::variant<SenderReport, ReceiverReport, Nack, KeyFrameRequest, TransportFeedback, CongestionFeedback>;

/// The messages of a compound or reduced-size packet, appended to `out` (a FIR gives one for each SSRC it names);
/// unknown types are skipped. Transport-wide feedback reports `TransportFeedback::maxPackets` packets in all of it at most.
/// False when something does not add up: the sound messages of it were appended.
bool parseRtcp(std::span<const std::uint8_t> bytes, std::vector<RtcpMessage>& out);

/// Appends the message; false (and nothing written) when it does not fit into `maxBytes` more bytes or its values
/// cannot be written, e.g. arrival times too far apart.
bool writeRtcp(const RtcpMessage& message, std::vector<std::uint8_t>& out, std::size_t maxBytes);

/// Whether a datagram is RTCP rather than RTP (RFC 5761 §4).
bool isRtcp(std::span<const std::uint8_t> bytes);

}  // namespace feimu
