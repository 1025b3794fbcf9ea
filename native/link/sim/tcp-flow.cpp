#include "link/sim/tcp-flow.h"

#include <algorithm>
#include <cmath>

namespace feimu {

namespace {
constexpr double beta = 0.7;       // RFC 9438 §4.6
constexpr double cubic = 0.4;      // RFC 9438 §5.1
constexpr std::int64_t reorder = 3;  // segments
constexpr std::int64_t timeoutUs = 1'000'000;
constexpr std::uint32_t ackBytes = 52;
}  // namespace

TcpFlow::TcpFlow(Simulation& simulation, Bottleneck& bottleneck, const Options& options)
    : simulation_(simulation),
      bottleneck_(bottleneck),
      options_(options),
      end_(options.bytes > 0 ? (options.bytes + segmentBytes - 1) / segmentBytes : INT64_MAX) {
  simulation_.at(options.beginUs, [this] {
    heardUs_ = simulation_.nowUs();
    pump();
    checkTimeout();
  });
}

void TcpFlow::pump() {
  if (simulation_.nowUs() >= options_.endUs) return;
  while (static_cast<double>(flying_.size()) < window_) {
    if (!resend_.empty()) {
      const std::int64_t segment = resend_.front();
      resend_.pop_front();
      send(segment);
    } else if (next_ < end_) {
      send(next_++);
    } else {
      return;
    }
  }
}

void TcpFlow::send(std::int64_t segment) {
  const std::int64_t sentUs = simulation_.nowUs();
  flying_[segment] = sentUs;
  bottleneck_.send(simulation_, options_.way, segmentBytes, 0, 0, [this, segment, sentUs](bool) {
    if (received_.insert(segment).second) receivedBytes_ += segmentBytes;
    // What nobody will ask for again need not be remembered.
    while (received_.size() > 4'096) received_.erase(received_.begin());
    bottleneck_.send(simulation_, 1 - options_.way, ackBytes, 0, 0, [this, segment, sentUs](bool) { acknowledge(segment, sentUs); });
  });
}

void TcpFlow::acknowledge(std::int64_t segment, std::int64_t sentUs) {
  heardUs_ = simulation_.nowUs();
  rttUs_ += (static_cast<double>(heardUs_ - sentUs) - rttUs_) / 8;
  if (flying_.erase(segment) > 0) grow();
  // A segment is lost when one that was sent sufficiently later arrived.
  for (auto one = flying_.begin(); one != flying_.end() && one->first < segment - reorder;) {
    if (one->second > sentUs) {
      ++one;
      continue;
    }
    if (one->first >= recoveryEnd_) onLoss();
    resend_.push_back(one->first);
    one = flying_.erase(one);
  }
  pump();
}

void TcpFlow::onLoss() {
  recoveryEnd_ = next_;
  windowAtLoss_ = window_;
  window_ = threshold_ = std::max(2.0, window_ * beta);
  lossUs_ = simulation_.nowUs();
}

void TcpFlow::grow() {
  if (window_ < threshold_) {
    window_ += 1;
    return;
  }
  const double seconds = static_cast<double>(simulation_.nowUs() - lossUs_) / 1e6;
  const double knee = std::cbrt(windowAtLoss_ * (1 - beta) / cubic);
  const double curve = cubic * std::pow(seconds - knee, 3) + windowAtLoss_;
  const double reno = windowAtLoss_ * beta + 3 * (1 - beta) / (1 + beta) * seconds * 1e6 / rttUs_;
  const double target = std::clamp(std::max(curve, reno), window_, 1.5 * window_);
  window_ += std::max((target - window_) / window_, 0.01 / window_);
}

void TcpFlow::checkTimeout() {
  const std::int64_t now = simulation_.nowUs();
  if (now >= options_.endUs) return;
  if (!flying_.empty() && now - heardUs_ > timeoutUs) {
    for (const auto& [segment, sentUs] : flying_) resend_.push_back(segment);
    flying_.clear();
    threshold_ = std::max(2.0, window_ / 2);
    window_ = 2;
    heardUs_ = now;
    recoveryEnd_ = next_;
    pump();
  }
  simulation_.at(now + 200'000, [this] { checkTimeout(); });
}

}  // namespace feimu
