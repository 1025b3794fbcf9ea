#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace feimu {

/// A packet as it left. Sizes count IP, UDP and RTP headers. Times: sender's monotonic clock, microseconds.
struct SentPacket {
  std::int64_t sequence = 0;  // transport-wide, unwrapped: counts every packet of the link once
  std::int64_t sentUs = 0;
  std::uint32_t sizeBytes = 0;
  std::int64_t frame = 0;     // access unit it belongs to (of a retransmission: the original's)
  bool probe = false;         // carries nothing that the receiver lacks
};

/// What the receiver says of one packet, oldest first within a report.
struct PacketReport {
  std::int64_t sequence = 0;
  bool received = false;
  bool congested = false;      // ECN-CE (RFC 3168)
  std::int64_t arrivedUs = 0;  // receiver's clock, whose origin is unknown; only differences mean something
};

struct FeedbackReport {
  std::int64_t nowUs = 0;
  /// Round-trip time without the time that the receiver held the report back; 0 where the format does not tell.
  std::int64_t rttUs = 0;
  std::span<const PacketReport> packets;
};

struct RateTarget {
  double pacingBps = 0;        // how fast packets leave
  double mediaBps = 0;         // what the encoder, FEC and retransmissions may take together, with headers
  std::int64_t windowBytes = 0;  // never more than this in flight
  bool blind = false;            // feedback stays away: what is sent now may be lost, so it should stand alone
  std::int64_t queueUs = 0;      // on the path: what does not drain between two pictures
  std::string_view state;      // for people, e.g. "ProbeBW-Up"
};

/// Decides how fast to send. Pure: no clock of its own, no socket. One thread.
class CongestionController {
 public:
  virtual ~CongestionController() = default;
  virtual void onSent(const SentPacket& packet) = 0;
  virtual void onFeedback(const FeedbackReport& report) = 0;
  /// To be called at `wakeUs()` or later: what happens by time alone (feedback that stays away, a probe that is due).
  virtual void onTick(std::int64_t nowUs) = 0;
  [[nodiscard]] virtual std::int64_t wakeUs() const = 0;
  [[nodiscard]] virtual RateTarget target() const = 0;
  /// Sent, and neither reported nor given up.
  [[nodiscard]] virtual std::int64_t inflightBytes() const = 0;
};

}  // namespace feimu
