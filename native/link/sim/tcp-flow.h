#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <set>

#include "link/sim/simulation.h"

namespace feimu {

/// A TCP sender (CUBIC, RFC 9438, with selective acknowledgements) and its receiver: what a link shares its bottleneck
/// with. Sends `bytes`, or for ever.
class TcpFlow {
 public:
  struct Options {
    int way = 0;
    std::int64_t beginUs = 0, endUs = INT64_MAX;
    std::int64_t bytes = 0;  // 0: without end
  };
  TcpFlow(Simulation& simulation, Bottleneck& bottleneck, const Options& options);
  [[nodiscard]] std::int64_t receivedBytes() const { return receivedBytes_; }

 private:
  static constexpr std::uint32_t segmentBytes = 1'500;
  void pump();
  void send(std::int64_t segment);
  void acknowledge(std::int64_t segment, std::int64_t sentUs);
  void onLoss();
  void grow();
  void checkTimeout();

  Simulation& simulation_;
  Bottleneck& bottleneck_;
  const Options options_;
  double window_ = 10, threshold_ = 1e9;  // segments
  double windowAtLoss_ = 0;
  std::int64_t lossUs_ = 0;
  double rttUs_ = 100'000;
  std::int64_t next_ = 0;
  std::int64_t end_;
  std::int64_t recoveryEnd_ = -1;
  std::int64_t heardUs_ = 0;
  std::map<std::int64_t, std::int64_t> flying_;  // segment -> sent
  std::deque<std::int64_t> resend_;
  std::set<std::int64_t> received_;
  std::int64_t receivedBytes_ = 0;
};

}  // namespace feimu
