#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "link/arrival-window.h"
#include "link/congestion-controller.h"

namespace feimu {

/// A run of packets that left one close behind the other, as they came out at the other end.
struct Train {
  double sentBps = 0;     // as they left; infinite for no time at all
  double arrivedBps = 0;  // as they arrived
  std::int64_t spanUs = 0;
  /// The path was slower than the sender: `arrivedBps` is what it carries.
  [[nodiscard]] bool pathLimited() const { return arrivedBps < 0.93 * sentBps; }
  [[nodiscard]] double bps() const { return arrivedBps < sentBps ? arrivedBps : sentBps; }
};

/// What feedback says of the path: rates, delays, losses. No decisions. One thread.
class PathModel {
 public:
  void onSent(const SentPacket& packet);
  /// Takes a report; its trains are in trains() until the next one.
  void onFeedback(const FeedbackReport& report);
  /// Nothing is under way any more: nothing was heard for too long. What is reported received after all still counts.
  void forgetInflight();
  /// While another flow keeps the queue full, no packet shows the path's own delay: what was known of it stays.
  void holdBase(bool hold) { holdBase_ = hold; }
  /// The path became longer: the next packet shows its delay.
  void forgetBase() { forgetClock(); }

  [[nodiscard]] const std::vector<Train>& trains() const { return trains_; }
  [[nodiscard]] std::int64_t inflightBytes() const { return inflight_; }
  /// Smallest round trip of the last 10 s; `fallbackUs` before the first.
  [[nodiscard]] std::int64_t minRttUs(std::int64_t fallbackUs = 100'000) const;
  /// One-way delay of the newest packet over the smallest of the last 10 s.
  [[nodiscard]] std::int64_t queueUs() const { return queueUs_; }
  /// The smallest such delay of the last `standingWindowUs`: what does not drain between two frames.
  [[nodiscard]] std::int64_t standingQueueUs() const { return standingUs_; }
  /// Time without a queue-free packet: how old the base of the delay is.
  [[nodiscard]] std::int64_t baseAgeUs() const { return baseBucketAtUs_ == INT64_MIN ? 0 : newestArrivalUs_ - baseSeenUs_; }
  /// Bytes that arrived in the last `receiveWindowUs` of the receiver's time, as bits a second.
  [[nodiscard]] double receivedBps() const { return arrivals_.bps(); }
  /// Of the last second.
  [[nodiscard]] double lossRatio() const;
  void forgetLosses();
  [[nodiscard]] std::int64_t rounds() const { return rounds_; }
  [[nodiscard]] std::int64_t deliveredBytes() const { return delivered_; }

  static constexpr std::int64_t standingWindowUs = 100'000;
  static constexpr std::int64_t receiveWindowUs = 200'000;

 private:
  enum class Fate : std::uint8_t { flying, forgotten, lost, received };
  struct Slot {
    std::int64_t sequence = -1;
    std::int64_t sentUs = 0;
    std::uint32_t sizeBytes = 0;
    Fate fate = Fate::received;
  };
  /// What may be in flight: at 200 Mbps 0.8 s of it.
  static constexpr std::size_t slots = 16'384;
  static constexpr std::int64_t baseBucketUs = 5'000'000;

  void take(const PacketReport& one, std::int64_t nowUs);
  void takeRtt(const FeedbackReport& report);
  void received(const Slot& slot, std::int64_t arrivedUs, std::int64_t nowUs);
  [[nodiscard]] bool clockStepped(const Slot& slot, std::int64_t arrivedUs, std::int64_t nowUs) const;
  void forgetClock();
  void extendTrain(const Slot& slot, std::int64_t arrivedUs);
  void closeTrain();
  void sampleBase(std::int64_t owdUs, std::int64_t arrivedUs);

  std::vector<Slot> slots_ = std::vector<Slot>(slots);
  std::int64_t newestSent_ = -1;
  std::int64_t inflight_ = 0;
  std::int64_t delivered_ = 0;
  std::int64_t rounds_ = 0;
  std::int64_t roundEnds_ = 0;  // sequence

  std::int64_t rttBuckets_[2] = {0, 0};
  std::int64_t rttBucketUs_ = 0;
  std::int64_t baseBuckets_[2] = {INT64_MAX, INT64_MAX};
  std::int64_t baseBucketAtUs_ = INT64_MIN;
  std::int64_t baseSeenUs_ = 0;
  bool holdBase_ = false;
  std::int64_t queueUs_ = 0;
  std::int64_t newestArrivalUs_ = INT64_MIN;
  std::int64_t standingUs_ = 0;
  ArrivalWindow arrivals_{receiveWindowUs};

  // The open train, and those too short to tell anything alone.
  std::int64_t trainFirstSentUs_ = -1, trainFirstArrivedUs_ = 0, trainLastSentUs_ = 0, trainLastArrivedUs_ = 0;
  std::int64_t trainBytes_ = 0;
  std::int64_t heldBytes_ = 0, heldSentUs_ = 0, heldArrivedUs_ = 0;
  int heldTrains_ = 0;
  std::vector<Train> trains_;

  struct LossBucket {
    std::int64_t startUs = 0, lost = 0, reported = 0;
  };
  std::array<LossBucket, 10> lossBuckets_{};
  std::size_t lossAt_ = 0;
};

}  // namespace feimu
