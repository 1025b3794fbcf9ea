#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "link/sim/simulation.h"

namespace feimu {

/// What takes one flow's datagrams to the other end, and what is sent back. One thread.
class FlowPath {
 public:
  using Arrive = std::function<void(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn)>;
  virtual ~FlowPath() = default;
  void onArrival(Arrive there, Arrive back) {
    there_ = std::move(there);
    back_ = std::move(back);
  }
  virtual void send(std::span<const std::uint8_t> bytes) = 0;
  virtual void sendBack(std::span<const std::uint8_t> bytes) = 0;
  /// How long a packet that is sent now waits on the path; 0 where that shows only afterwards.
  [[nodiscard]] virtual std::int64_t queueDelayUs() = 0;
  /// Nothing comes through now.
  [[nodiscard]] virtual bool dark() = 0;

 protected:
  Arrive there_, back_;
};

/// Through a bottleneck in simulated time.
class SimulatedPath final : public FlowPath {
 public:
  static constexpr std::uint32_t overheadBytes = 28;  // IP, UDP
  SimulatedPath(Simulation& simulation, Bottleneck& bottleneck, int way, std::int64_t extraDelayUs)
      : simulation_(simulation), bottleneck_(bottleneck), way_(way), extraDelayUs_(extraDelayUs) {}
  void send(std::span<const std::uint8_t> bytes) override { offer(bytes, way_, 1, there_); }
  void sendBack(std::span<const std::uint8_t> bytes) override { offer(bytes, 1 - way_, 0, back_); }
  [[nodiscard]] std::int64_t queueDelayUs() override { return bottleneck_.ways[way_].queueDelayUs(simulation_.nowUs()); }
  [[nodiscard]] bool dark() override { return bottleneck_.ways[way_].step(simulation_.nowUs()).lossPct >= 100; }

 private:
  void offer(std::span<const std::uint8_t> bytes, int way, std::uint8_t ecn, const Arrive& arrive) {
    auto copy = std::make_shared<std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
    bottleneck_.send(simulation_, way, static_cast<std::uint32_t>(bytes.size() + overheadBytes), ecn, extraDelayUs_,
                     [this, copy, ecn, &arrive](bool congested) { arrive(*copy, simulation_.nowUs(), congested ? 3 : ecn); });
  }
  Simulation& simulation_;
  Bottleneck& bottleneck_;
  const int way_;
  const std::int64_t extraDelayUs_;
};

}  // namespace feimu
