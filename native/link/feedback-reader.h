#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "link/congestion-controller.h"
#include "link/congestion-feedback.h"
#include "link/remote-clock.h"
#include "link/sent-history.h"
#include "link/transport-feedback.h"

namespace feimu {

/// Turns feedback of either format into what a congestion controller takes, and finds what it tells that is new. What
/// it says of packets that were never sent is counted and goes no further. One thread.
class FeedbackReader {
 public:
  struct Ssrcs {
    std::uint32_t media = 0, rtx = 0, fec = 0;
  };
  /// News of one packet: its first fate, or that it came after all.
  struct Fate {
    SentRecord packet;
    bool received = false;
    bool wasLost = false;
  };

  FeedbackReader(SentHistory& history, const Ssrcs& ssrcs) : history_(history), ssrcs_(ssrcs) {}
  /// False, and nothing is to be done: transport-wide feedback of a receiver that sends RFC 8888 too, whose clock is
  /// another. Results hold until the next call.
  bool read(const CongestionFeedback& feedback, std::int64_t nowUs);
  bool read(const TransportFeedback& feedback, std::int64_t nowUs);

  /// In the order of sending.
  [[nodiscard]] std::span<const PacketReport> reports() const { return reports_; }
  [[nodiscard]] std::span<const Fate> fates() const { return fates_; }
  /// 0: the report does not tell. By transport-wide feedback with the time that the receiver held it back.
  [[nodiscard]] std::int64_t rttUs() const { return rttUs_; }
  [[nodiscard]] bool exactRtt() const { return congestionHeard_; }
  [[nodiscard]] std::uint64_t lies() const { return lies_; }

 private:
  void begin();
  void take(SentRecord& packet, bool received, bool congested, std::int64_t arrivedUs, std::int64_t heldUs);
  void finish(std::int64_t nowUs);

  SentHistory& history_;
  const Ssrcs ssrcs_;
  RemoteClock congestionClock_{65'536'000'000};  // 32 bits of 1/65536 s
  RemoteClock transportClock_{TransportFeedback::periodUs};
  bool congestionHeard_ = false;
  std::vector<PacketReport> reports_;
  std::vector<Fate> fates_;
  std::int64_t newest_ = -1;          // received, in this report for the first time
  std::int64_t newestSentUs_ = 0, newestHeldUs_ = 0;
  std::int64_t rttUs_ = 0;
  std::int64_t unreported_ = 0;       // transport-wide: all before it have a fate
  std::uint64_t lies_ = 0;
};

}  // namespace feimu
