#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "link/sim/emulated-link.h"

namespace feimu {

/// Simulated time: events in order, equal times in the order of their making.
class Simulation {
 public:
  [[nodiscard]] std::int64_t nowUs() const { return nowUs_; }
  void at(std::int64_t atUs, std::function<void()> event);
  void run(std::int64_t untilUs);
  /// Real time: all that is due happens now.
  void catchUp(std::int64_t nowUs);
  /// Of the next event; INT64_MAX without one.
  [[nodiscard]] std::int64_t nextUs() const { return events_.empty() ? INT64_MAX : events_.top().atUs; }

 private:
  void runNext();
  struct Event {
    std::int64_t atUs;
    std::uint64_t order;
    std::size_t slot;
    bool operator<(const Event& other) const { return atUs > other.atUs || (atUs == other.atUs && order > other.order); }
  };
  std::int64_t nowUs_ = 0;
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;
  std::vector<std::function<void()>> functions_;
  std::vector<std::size_t> free_;
};

/// Both directions of one bottleneck that several flows share.
struct Bottleneck {
  Bottleneck(const LinkSteps& steps, std::uint64_t seed) : ways{EmulatedLink(steps.forward, seed), EmulatedLink(steps.back, seed + 1)} {}
  EmulatedLink ways[2];
  /// Packets to the other end: `arrive` is called there, or not at all.
  template <typename Arrive>
  void send(Simulation& simulation, int way, std::uint32_t sizeBytes, std::uint8_t ecn, std::int64_t extraUs, Arrive arrive) {
    if (const auto delivery = ways[way].offer(simulation.nowUs(), sizeBytes, ecn)) {
      simulation.at(delivery->deliverUs + extraUs, [arrive, congested = delivery->congested] { arrive(congested); });
    }
  }
};

}  // namespace feimu
