#pragma once
#include "link/congestion-controller.h"

namespace feimu {

/// A rate that its owner vouches for, e.g. of a one-way sink in a private network: listens to nothing.
class FixedController final : public CongestionController {
 public:
  explicit FixedController(double mediaBps, double pacingGain = 2) : mediaBps_(mediaBps), pacingGain_(pacingGain) {}
  void onSent(const SentPacket&) override {}
  void onFeedback(const FeedbackReport&) override {}
  void onTick(std::int64_t) override {}
  [[nodiscard]] std::int64_t wakeUs() const override { return INT64_MAX; }
  [[nodiscard]] std::int64_t inflightBytes() const override { return 0; }
  [[nodiscard]] RateTarget target() const override {
    return {.pacingBps = mediaBps_ * pacingGain_, .mediaBps = mediaBps_, .windowBytes = INT64_MAX / 2, .state = "Fixed"};
  }

 private:
  const double mediaBps_;
  const double pacingGain_;
};

}  // namespace feimu
