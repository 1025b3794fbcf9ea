#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "link/circuit-breaker.h"
#include "link/link-sender.h"
#include "media/last-second.h"

namespace feimu {

/// When a picture was where. CLOCK_MONOTONIC, microseconds.
struct FrameTimes {
  std::uint64_t frame = 0;     // as its source counts
  std::int64_t captureUs = 0;  // the raw picture was there
  std::int64_t encodedUs = 0;
  std::int64_t sentUs = 0;     // its last packet was given to the kernel
};

/// The sending end of a link under its circuit breaker (RFC 8083), with what its status needs. The link's thread, unless
/// said otherwise.
class SendEnd final : public LinkEnd {
 public:
  using OnSent = std::function<void(const FrameTimes&)>;
  struct Figures {
    LinkSender::Stats stats;
    double kbps = 0;
    double loss = 0;  // of the last report
  };

  SendEnd(const LinkSender::Options& options, std::unique_ptr<CongestionController> controller, bool oneWay, OnSent onSent);
  void onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) override;
  std::size_t next(std::int64_t nowUs, std::span<std::uint8_t> out) override;
  [[nodiscard]] std::int64_t wakeUs() const override;

  /// Encoder's thread. False: there was no room, the next picture must be an IDR.
  bool push(const std::shared_ptr<const EncodedFrame>& frame, std::uint64_t number, std::int64_t encodedUs);
  [[nodiscard]] std::size_t unsentBytes() const { return ring_.unsentBytes(); }
  // Any thread:
  [[nodiscard]] LinkState& state() { return sender_.state(); }
  [[nodiscard]] CircuitBreaker::Trip tripped() const { return trip_; }
  /// The breaker's wish to send less; 0: none.
  [[nodiscard]] double limitBps() const { return limitBps_; }
  /// At most 100 ms old.
  [[nodiscard]] Figures figures() const;
  [[nodiscard]] double sendP95Ms(std::int64_t nowUs) const { return sending_.p95Ms(nowUs); }

 private:
  struct Waiting {
    std::uint32_t timestamp;
    FrameTimes times;
  };
  void noteSent(std::span<const std::uint8_t> packet, std::int64_t nowUs);
  void publish(std::int64_t nowUs);

  const LinkSender::Options options_;
  PacketRing ring_{4096};
  LinkSender sender_;
  CircuitBreaker breaker_;
  OnSent onSent_;
  std::int64_t publishUs_ = 0;
  std::int64_t secondUs_ = 0;
  std::uint64_t secondBytes_ = 0;
  double loss_ = 0;
  std::atomic<CircuitBreaker::Trip> trip_{CircuitBreaker::Trip::none};
  std::atomic<double> limitBps_{0};
  LastSecond sending_;
  mutable std::mutex mutex_;  // guards figures_ and waiting_
  Figures figures_;
  std::deque<Waiting> waiting_;
};

}  // namespace feimu
