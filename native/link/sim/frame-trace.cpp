#include "link/sim/frame-trace.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace feimu {

namespace {
#include "link/sim/frame-trace.inc"
}  // namespace

std::uint32_t FrameTrace::frames() { return static_cast<std::uint32_t>(recorded[0].size()); }

std::uint32_t FrameTrace::bytes(std::uint64_t frameIndex, double targetBps, bool idr) {
  const std::size_t frame = frameIndex % frames();
  const auto at = [&](std::size_t rung) {
    return static_cast<double>(idr ? recordedIdr[rung][frame / idrEvery] : recorded[rung][frame]);
  };
  const double kbps = targetBps / 1000;
  const std::size_t last = rungsKbps.size() - 1;
  // x264 cannot go below its coarsest quantiser, and above the last rung a stiller picture would not grow: both are
  // out of the battery's range, and proportion is the plain continuation.
  if (kbps <= rungsKbps[0]) return static_cast<std::uint32_t>(std::max(1.0, at(0) * kbps / rungsKbps[0]));
  if (kbps >= rungsKbps[last]) return static_cast<std::uint32_t>(at(last) * kbps / rungsKbps[last]);
  const auto upper = static_cast<std::size_t>(std::upper_bound(rungsKbps.begin(), rungsKbps.end(), kbps) - rungsKbps.begin());
  const double below = rungsKbps[upper - 1];
  const double share = std::log(kbps / below) / std::log(rungsKbps[upper] / below);
  return static_cast<std::uint32_t>(std::exp(std::log(at(upper - 1)) * (1 - share) + std::log(at(upper)) * share));
}

bool FrameTrace::cut(std::uint64_t frameIndex) {
  return std::binary_search(cuts.begin(), cuts.end(), static_cast<std::uint32_t>(frameIndex % frames()));
}

}  // namespace feimu
