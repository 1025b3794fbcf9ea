#include "link/fec-policy.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "link/fec.h"

namespace feimu {
namespace {

/// Shares of fewer frames than this (2 s at 30 Hz) say little: the rest is taken to have been whole.
constexpr double kLeastFrames = 60;
/// And shares of fewer retransmissions.
constexpr double kLeastResent = 20;
/// A lower ratio must be cheaper by this, so that single losses do not make the encoder's rate swing.
constexpr double kFallBelow = 0.8;

/// Natural logarithms of the factorials.
const auto kLogFactorial = [] {
  std::array<double, kFecMaxMediaPackets + 1> table{};
  for (std::size_t i = 1; i < table.size(); i++) table[i] = table[i - 1] + std::log(static_cast<double>(i));
  return table;
}();

/// Probability of exactly `hits` in `count` independent trials, at most kFecMaxMediaPackets.
double binomial(std::size_t hits, std::size_t count, double probability) {
  if (hits > count) return 0;
  if (probability <= 0) return hits == 0 ? 1 : 0;
  if (probability >= 1) return hits == count ? 1 : 0;
  return std::exp(kLogFactorial[count] - kLogFactorial[hits] - kLogFactorial[count - hits] +
                  static_cast<double>(hits) * std::log(probability) +
                  static_cast<double>(count - hits) * std::log1p(-probability));
}

/// Probability that fewer parity packets arrive than media packets lack in the end: `failed` and, with a probability
/// each, some of `unasked`.
double lateProbability(std::size_t failed, std::size_t unasked, double wouldFail, std::size_t parity, double loss) {
  double late = 0, fewer = 0;
  for (std::size_t lacking = 0; lacking <= failed + unasked; lacking++) {
    if (lacking >= failed) late += binomial(lacking - failed, unasked, wouldFail) * std::min(fewer, 1.0);
    fewer += binomial(lacking, parity, 1 - loss);
  }
  return late;
}

}  // namespace

std::size_t fecParityPackets(std::size_t packets, double ratio) {
  if (packets == 0 || ratio <= 0) return 0;
  const auto rounded = static_cast<std::size_t>(std::lround(static_cast<double>(packets) * std::min(ratio, 0.25)));
  return std::clamp<std::size_t>(rounded, 1, kFecMaxParityPackets);
}

FecPolicy::FecPolicy() : FecPolicy(Options{}) {}
FecPolicy::FecPolicy(const Options& options) : options_(options) {}

void FecPolicy::setRtt(std::int64_t rttUs) { rttUs_ = rttUs; }

void FecPolicy::onFrame(const Frame& frame) {
  if (frame.packets == 0) return;
  const std::int64_t sinceUs = lastUs_ < 0 ? 0 : std::max<std::int64_t>(0, frame.nowUs - lastUs_);
  lastUs_ = std::max(lastUs_, frame.nowUs);
  const double keep = std::exp(-static_cast<double>(sinceUs) / static_cast<double>(options_.memoryUs));
  for (double* sum : {&frames_, &packets_, &lost_, &resent_, &failed_, &unrepaired_}) *sum *= keep;
  for (Candidate& candidate : candidates_) {
    candidate.parity *= keep;
    candidate.lateFrames *= keep;
  }

  const std::uint32_t packets = std::min<std::uint32_t>(frame.packets, kFecMaxMediaPackets);
  const std::uint32_t lost = std::min(frame.lost, packets);
  const std::uint32_t resent = std::min(frame.resent, lost);
  const std::uint32_t failed = resent - std::min(frame.repaired, resent);
  const std::uint32_t unasked = lost - resent;
  frames_ += 1;
  packets_ += packets;
  lost_ += lost;
  resent_ += resent;
  failed_ += failed;
  // Of what nobody asked for: what FEC mends must not look as if retransmission had mended it, nor as if it could not.
  const bool tooLate = rttUs_ + options_.detectUs > options_.deadlineUs;
  const double wouldFail = tooLate ? 1 : failed_ / std::max(resent_, kLeastResent);
  unrepaired_ += failed + unasked * wouldFail;
  for (std::size_t level = 0; level < kRatios.size(); level++) {
    const std::size_t parity = fecParityPackets(packets, kRatios[level]);
    candidates_[level].parity += static_cast<double>(parity);
    if (lost > 0)
      candidates_[level].lateFrames += lateProbability(failed, unasked, wouldFail, parity, lost_ / packets_);
  }

  std::size_t best = 0;
  for (std::size_t level = 1; level < kRatios.size(); level++)
    if (cost(level) < cost(best)) best = level;
  if (best > level_ || cost(best) < kFallBelow * cost(level_)) level_ = best;
}

double FecPolicy::ratio() const { return kRatios[level_]; }

double FecPolicy::overhead() const { return overhead(level_); }

double FecPolicy::unrepaired() const { return packets_ > 0 ? unrepaired_ / packets_ : 0; }

double FecPolicy::overhead(std::size_t level) const { return packets_ > 0 ? candidates_[level].parity / packets_ : 0; }

double FecPolicy::cost(std::size_t level) const {
  return overhead(level) + options_.lateFrameCost * candidates_[level].lateFrames / std::max(frames_, kLeastFrames);
}

}  // namespace feimu
