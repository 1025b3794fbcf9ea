#include "link/sim/emulated-link.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace feimu {

EmulatedLink::EmulatedLink(std::vector<LinkStep> steps, std::uint64_t seed, std::int64_t beginUs)
    : steps_(std::move(steps)), beginUs_(beginUs), random_(seed), freeUs_(static_cast<double>(beginUs)) {
  if (steps_.empty()) steps_.emplace_back();
}

double EmulatedLink::random() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

bool EmulatedLink::losesByChance(const LinkStep& step) {
  // Always both draws, so that a changed loss leaves the jitter of the packets behind it as it was.
  const double burst = random();
  const double single = random();
  if (step.burstPct <= 0) {
    inBurst_ = false;
  } else {
    inBurst_ = inBurst_ ? burst >= 1 / step.burstPackets : burst * 100 < step.burstPct;
  }
  return inBurst_ || single * 100 < step.lossPct;
}

const LinkStep& EmulatedLink::step(std::int64_t nowUs) {
  while (current_ + 1 < steps_.size() && static_cast<double>(nowUs - beginUs_) >= steps_[current_ + 1].atS * 1e6) current_++;
  return steps_[current_];
}

void EmulatedLink::set(const LinkStep& step) {
  steps_ = {step};
  current_ = 0;
}

std::int64_t EmulatedLink::queueDelayUs(std::int64_t nowUs) const {
  return std::max<std::int64_t>(0, std::llround(freeUs_) - nowUs);
}

std::optional<EmulatedLink::Delivery> EmulatedLink::offer(std::int64_t nowUs, std::uint32_t sizeBytes, std::uint8_t ecn) {
  const LinkStep& current = step(nowUs);
  const auto now = static_cast<double>(nowUs);
  stats_.offered++;
  stats_.offeredBytes += sizeBytes;
  const bool lost = losesByChance(current);
  const double jitterUs = random() * current.jitterMs * 1e3;
  if (lost) {
    stats_.lost++;
    return std::nullopt;
  }
  while (!leavesUs_.empty() && leavesUs_.front() <= now) leavesUs_.pop_front();
  freeUs_ = std::max(freeUs_, now);
  const double waitUs = freeUs_ - now;
  const bool full = current.queuePackets > 0 && leavesUs_.size() >= static_cast<std::size_t>(current.queuePackets);
  if (full || (current.kbps > 0 && waitUs > current.queueMs * 1e3)) {
    stats_.dropped++;
    return std::nullopt;
  }
  if (current.kbps > 0) freeUs_ += sizeBytes * 8e3 / current.kbps;
  leavesUs_.push_back(freeUs_);
  const auto deliverUs = static_cast<std::int64_t>(std::llround(freeUs_ + current.delayMs * 1e3 + jitterUs));
  lastDeliverUs_ = std::max(lastDeliverUs_, deliverUs);
  const bool capable = (ecn & 3) != 0;
  const bool congested = (ecn & 3) == 3 || (capable && current.ecnMs > 0 && waitUs > current.ecnMs * 1e3);
  if (congested && (ecn & 3) != 3) stats_.marked++;
  return Delivery{lastDeliverUs_, congested};
}

}  // namespace feimu
