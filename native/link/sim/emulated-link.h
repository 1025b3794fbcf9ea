#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "link/sim/link-steps.h"

namespace feimu {

/// One direction of a link as a calculation: a bottleneck with a drop-tail queue, then propagation, jitter and loss
/// that change in steps. The same in simulated time and behind TUN devices. A packet leaves at the rate that holds
/// when it comes: a later step does not change those that wait already. One thread.
class EmulatedLink {
 public:
  struct Delivery {
    std::int64_t deliverUs = 0;  // never before that of a packet offered earlier
    bool congested = false;      // marked CE
  };
  struct Stats {
    std::uint64_t offered = 0;
    std::uint64_t offeredBytes = 0;
    std::uint64_t lost = 0;     // by chance
    std::uint64_t dropped = 0;  // the queue was full
    std::uint64_t marked = 0;
  };

  /// `steps` in the order of time, at least one; their times count from `beginUs`. The first holds before its time too.
  EmulatedLink(std::vector<LinkStep> steps, std::uint64_t seed, std::int64_t beginUs = 0);

  /// A packet of `sizeBytes` (IP) with the two ECN bits of its header comes to the bottleneck; `nowUs` never goes
  /// back. Empty: lost or dropped.
  std::optional<Delivery> offer(std::int64_t nowUs, std::uint32_t sizeBytes, std::uint8_t ecn = 0);
  /// How long a packet that came now would wait.
  [[nodiscard]] std::int64_t queueDelayUs(std::int64_t nowUs) const;
  /// What holds now.
  [[nodiscard]] const LinkStep& step(std::int64_t nowUs);
  /// From now on this holds, and no step that was planned.
  void set(const LinkStep& step);
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  double random();  // 0 to below 1
  bool losesByChance(const LinkStep& step);

  std::vector<LinkStep> steps_;
  std::size_t current_ = 0;
  const std::int64_t beginUs_;
  std::mt19937_64 random_;
  double freeUs_;                // when the bottleneck will have sent what it holds; parts of a microsecond add up
  std::deque<double> leavesUs_;  // of the packets that it holds
  std::int64_t lastDeliverUs_ = 0;
  bool inBurst_ = false;
  Stats stats_;
};

}  // namespace feimu
