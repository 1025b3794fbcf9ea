#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "link/access-unit-assembler.h"
#include "link/link-end.h"

namespace feimu {

/// The receiving end of a link: RTP and the sender's reports go in, access units and RTCP come out. One thread.
class LinkReceiver : public LinkEnd {
 public:
  enum class FeedbackKind { none, transportWide, congestion };  // TWCC, RFC 8888
  struct Options {
    std::uint32_t ownSsrc = 0x6665696d;
    std::uint32_t mediaSsrc = 0;           // 0: the first that comes
    std::uint8_t mediaPayloadType = 96;
    std::uint8_t rtxPayloadType = 97;      // 0: no RTX
    std::uint8_t fecPayloadType = 98;      // 0: no FEC
    std::uint8_t transportSequenceId = 3;  // header extension; 0: none
    FeedbackKind feedback = FeedbackKind::congestion;
    bool nack = true;
    std::int64_t deadlineUs = 100'000;     // a packet that cannot come within this of its frame's first one is given up
    std::int64_t feedbackEveryUs = 5'000;  // at most; a report leaves with the last packet of a frame, and before that when this is over
  };
  struct Stats {
    std::uint64_t packets = 0, lost = 0, duplicates = 0, late = 0, malformed = 0, foreign = 0;
    std::uint64_t nacked = 0, repairedByRtx = 0, repairedByFec = 0;
    std::uint64_t frames = 0, framesGivenUp = 0, keyFrameRequests = 0;
    double jitterUs = 0;        // RFC 3550 §6.4.1
    double queueDelayUs = 0;    // one-way delay over its base, clock skew removed
    double skewPpm = 0;
    bool broken = false;        // the circuit breaker's view (RFC 8083): media stopped coming
  };
  using Sink = std::function<void(AccessUnit&&)>;

  static std::unique_ptr<LinkReceiver> make(const Options& options, Sink sink);
  /// What was delivered could not be decoded: ask for an IDR.
  virtual void requestKeyFrame() = 0;
  [[nodiscard]] virtual Stats stats() const = 0;
};

}  // namespace feimu
