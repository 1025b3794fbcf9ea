#include "link/reception.h"

#include <algorithm>
#include <cstdlib>

namespace feimu {

void Reception::start(std::uint16_t sequence) {
  started_ = true;
  base_ = sequence;
  highest_ = sequence;
  received_ = 0;
  expectedPrior_ = 0;
  receivedPrior_ = 0;
  jumpNext_ = -1;
  jitter_ = 0;
  hasTransit_ = false;
}

std::optional<Reception::Verdict> Reception::take(std::uint16_t sequence, std::int64_t arrivedUs) {
  Verdict verdict;
  if (!started_) {
    start(sequence);
    verdict.restarted = true;
  }
  std::int64_t unwrapped = unwrap(sequence);
  const std::int64_t ahead = unwrapped - highest_;
  if (ahead >= maxDropout || ahead < -maxMisorder) {
    // A.1: believed when two follow one another.
    const bool follows = jumpNext_ == sequence;
    jumpNext_ = static_cast<std::uint16_t>(sequence + 1);
    if (!follows || arrivedUs - lastArrivedUs_ < restartAfterUs) return std::nullopt;
    start(sequence);
    unwrapped = sequence;
    verdict.restarted = true;
  }
  highest_ = std::max(highest_, unwrapped);
  received_++;
  lastArrivedUs_ = arrivedUs;
  verdict.sequence = unwrapped;
  return verdict;
}

void Reception::measureJitter(std::uint32_t timestamp, std::int64_t arrivedUs) {
  const auto arrival = static_cast<std::uint32_t>(arrivedUs * 9 / 100);
  const std::uint32_t transit = arrival - timestamp;
  const auto difference = static_cast<double>(std::abs(std::int64_t{static_cast<std::int32_t>(transit - transit_)}));
  transit_ = transit;
  // More than this is a clock that was set, not jitter.
  constexpr double maxDifference = 2 * clockHz;
  if (hasTransit_ && difference < maxDifference) jitter_ += (difference - jitter_) / 16;
  hasTransit_ = true;
}

void Reception::onSenderReport(std::uint64_t ntp, std::int64_t arrivedUs) {
  lastSenderReport_ = static_cast<std::uint32_t>(ntp >> 16);
  senderReportUs_ = arrivedUs;
}

ReportBlock Reception::report(std::int64_t nowUs) {
  const std::int64_t expected = highest_ - base_ + 1;
  const std::int64_t expectedNow = expected - expectedPrior_;
  const std::int64_t lostNow = expectedNow - (received_ - receivedPrior_);
  expectedPrior_ = expected;
  receivedPrior_ = received_;
  ReportBlock block;
  block.ssrc = ssrc_;
  if (expectedNow > 0 && lostNow > 0) {
    block.fractionLost = static_cast<std::uint8_t>(std::min<std::int64_t>(255, lostNow * 256 / expectedNow));
  }
  constexpr std::int64_t most = (1 << 23) - 1;
  block.cumulativeLost = static_cast<std::int32_t>(std::clamp(expected - received_, -most - 1, most));
  block.highestSequence = static_cast<std::uint32_t>(highest_);
  block.jitter = static_cast<std::uint32_t>(jitter_);
  block.lastSenderReport = lastSenderReport_;
  if (lastSenderReport_ != 0) {
    const std::int64_t delayUs = std::max<std::int64_t>(0, nowUs - senderReportUs_);
    block.delaySinceSenderReport = static_cast<std::uint32_t>(std::min<std::int64_t>(delayUs * 65536 / 1'000'000, 0xffffffff));
  }
  return block;
}

}  // namespace feimu
