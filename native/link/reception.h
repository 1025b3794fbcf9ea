#pragma once
#include <cstdint>
#include <optional>

#include "link/rtcp.h"

namespace feimu {

/// What one RTP stream's packets say of its reception: sequence numbers unwrapped and validated (RFC 3550 A.1), loss
/// (A.3), jitter (A.8), and the report block that tells the sender. One thread.
class Reception {
 public:
  struct Verdict {
    std::int64_t sequence = 0;  // unwrapped; may be below the first one's
    bool restarted = false;     // another stream began: nothing of before belongs to it
  };

  explicit Reception(std::uint32_t ssrc) : ssrc_(ssrc) {}

  /// Empty for a packet whose number jumps: forged or replayed, or the first of a sender that began anew.
  std::optional<Verdict> take(std::uint16_t sequence, std::int64_t arrivedUs);
  /// To be called for packets of new media, with their timestamp at `clockHz`.
  void measureJitter(std::uint32_t timestamp, std::int64_t arrivedUs);
  /// The unwrapped form of a number near the newest one's, e.g. a retransmission's.
  [[nodiscard]] std::int64_t unwrap(std::uint16_t sequence) const {
    return highest_ + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(highest_));
  }
  void onSenderReport(std::uint64_t ntp, std::int64_t arrivedUs);
  /// Fraction lost counts from the last call.
  ReportBlock report(std::int64_t nowUs);

  [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }
  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] std::int64_t highest() const { return highest_; }
  [[nodiscard]] std::int64_t lastArrivedUs() const { return lastArrivedUs_; }
  [[nodiscard]] double jitterUs() const { return jitter_ * 1e6 / clockHz; }

  static constexpr int maxDropout = 3000;      // RFC 3550 A.1
  static constexpr int maxMisorder = 1024;     // A.1 has 100: too few for 100 ms of repairs at 50 Mbps
  /// A jump is believed after this silence: while the stream runs, packets that jump are not its own.
  static constexpr std::int64_t restartAfterUs = 200'000;
  static constexpr double clockHz = 90'000;

 private:
  void start(std::uint16_t sequence);

  std::uint32_t ssrc_;
  bool started_ = false;
  std::int64_t base_ = 0;
  std::int64_t highest_ = 0;
  std::int64_t received_ = 0;
  std::int64_t expectedPrior_ = 0;
  std::int64_t receivedPrior_ = 0;
  std::int64_t lastArrivedUs_ = 0;
  std::int32_t jumpNext_ = -1;
  double jitter_ = 0;  // timestamp units
  bool hasTransit_ = false;
  std::uint32_t transit_ = 0;
  std::uint32_t lastSenderReport_ = 0;
  std::int64_t senderReportUs_ = 0;
};

}  // namespace feimu
