#pragma once
// Transport-wide congestion control feedback, draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1:
//  0                   1                   2                   3
//  |V=2|P| FMT=15  |    PT=205     |           length              |
//  |                     SSRC of packet sender                     |
//  |                      SSRC of media source                     |
//  |      base sequence number     |      packet status count      |
//  |                 reference time                | fb pkt. count |
//  |          packet chunk         |         packet chunk          | ...
//  |         packet chunk          |  recv delta   |  recv delta   | ... zeros up to 32 bits
// Packet chunk:
//  |0| S |          run length       |   S: 0 lost, 1 small delta, 2 large or negative delta, 3 reserved
//  |1|0|     14 symbols of 1 bit     |   0 lost, 1 small delta
//  |1|1|     7 symbols of 2 bits     |   as S
// Reference time: signed, 64 ms. Delta: 250 us from the packet before (the first: from the reference time); small is
// one unsigned byte, large two signed ones. A lost packet has none.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace feimu {

struct TransportFeedback {
  std::uint32_t senderSsrc = 0;
  std::uint32_t mediaSsrc = 0;
  std::uint8_t count = 0;        // of reports, to see that one was lost
  struct Packet {
    std::uint16_t sequence = 0;  // transport-wide
    bool received = false;
    std::int64_t arrivedUs = 0;  // in steps of 250 us, modulo `periodUs`: see RemoteClock
  };
  std::vector<Packet> packets;   // sequence numbers without a gap

  /// The reference time has 24 bits of 64 ms: 12.4 days.
  static constexpr std::int64_t periodUs = std::int64_t{64'000} << 24;
  /// A report that covers more is refused: 24 forged bytes must not cost a megabyte. At 50 Mbps it is 1.6 s.
  static constexpr std::size_t maxPackets = 8192;
};

/// Body of the RTCP packet, from the sender's SSRC on, without RTCP padding. Empty when a length does not add up, a
/// symbol is reserved, or there are no packets or more than `most`.
std::optional<TransportFeedback> parseTransportFeedback(std::span<const std::uint8_t> body,
                                                        std::size_t most = TransportFeedback::maxPackets);

/// Appends the body; false (what was appended then means nothing) when the sequence numbers have a gap, there are no
/// packets or more than `maxPackets`, or two arrivals are more than 8.19 s apart.
bool writeTransportFeedback(const TransportFeedback& feedback, std::vector<std::uint8_t>& out);

}  // namespace feimu
