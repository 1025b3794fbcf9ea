#pragma once
// RTP congestion control feedback, RFC 8888 §3.1:
//  0                   1                   2                   3
//  |V=2|P| FMT=11  |    PT=205     |           length              |
//  |                 SSRC of RTCP packet sender                    |
//  |                   SSRC of 1st RTP stream                      |
//  |          begin_seq            |          num_reports          |
//  |R|ECN|  arrival time offset    |R|ECN|  arrival time offset    | ... zeros up to 32 bits
//  |                   SSRC of nth RTP stream                      | ...
//  |                       report timestamp                        |
// R: received. Arrival time offset: 13 bits, 1/1024 s before the report's timestamp. Report timestamp: middle 32 bits
// of NTP.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace feimu {

struct CongestionFeedback {
  std::uint32_t senderSsrc = 0;
  std::uint32_t timestamp = 0;           // middle 32 bits of NTP (1/65536 s): when the report was made
  struct Packet {
    bool received = false;
    std::uint8_t ecn = 0;                // 0 to 3
    std::uint16_t arrivalOffset = 0;     // 1/1024 s before `timestamp`, or one of the two below
  };
  struct Stream {
    std::uint32_t ssrc = 0;
    std::uint16_t beginSequence = 0;     // RTP's
    std::vector<Packet> packets;
  };
  std::vector<Stream> streams;

  static constexpr std::uint16_t overRange = 0x1ffe;  // 8.19 s and more
  static constexpr std::uint16_t unknown = 0x1fff;    // arrived after `timestamp`
  /// RFC 8888 §3.1: more than a quarter of the sequence space must not be reported.
  static constexpr std::size_t maxPackets = 16384;
};

/// Body of the RTCP packet, from the sender's SSRC on. Empty when a length does not add up or a stream reports more
/// than `maxPackets`.
std::optional<CongestionFeedback> parseCongestionFeedback(std::span<const std::uint8_t> body);

/// Appends the body; false (what was appended then means nothing) when a value does not fit its field.
bool writeCongestionFeedback(const CongestionFeedback& feedback, std::vector<std::uint8_t>& out);

}  // namespace feimu
