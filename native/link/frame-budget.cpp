#include "link/frame-budget.h"

#include <algorithm>

namespace feimu {

namespace {
/// The share of what waits that the next picture makes good.
constexpr double backlogGain = 0.7;
constexpr double queueGain = 0.3;
/// A picture is not made smaller than this share of its fair size: better none.
constexpr double least = 0.25;
/// Blind, each picture stands alone: every second one, small.
constexpr std::int64_t keyEveryUs = 100'000;
constexpr double mostAsked = 1.15;
constexpr std::int64_t neverUs = -keyEveryUs;
}  // namespace

void FrameBudget::onEncoded(std::size_t bytes) {
  if (wantedBytes_ <= 0) return;
  const double asked = wantedBytes_ / use_;
  use_ = std::clamp(use_ + (static_cast<double>(bytes) / asked - use_) / 30, 1 / mostAsked, 1.1);
}

void FrameBudget::onFailed(LinkState& state) {
  state.keyWanted.store(true, std::memory_order_relaxed);
  keyUs_ = neverUs;
}

FrameOrder FrameBudget::next(LinkState& state, std::size_t unsentBytes, std::int64_t nowUs) {
  const double frameS = static_cast<double>(options_.frameUs) / 1e6;
  const double bps = state.mediaBps.load(std::memory_order_relaxed) * state.mediaShare.load(std::memory_order_relaxed);
  const double fair = bps * frameS / 8;
  const double waits = static_cast<double>(unsentBytes);
  const double queued = static_cast<double>(std::max<std::int64_t>(0, state.queueUs.load(std::memory_order_relaxed) - 3'000)) * bps / 8e6;
  FrameOrder order;
  const double bytes = std::clamp(fair - backlogGain * std::max(0.0, waits - 0.1 * fair) - queueGain * queued, least * fair, fair);
  wantedBytes_ = bytes;
  // An encoder with a buffer of one frame stays below its rate: it is asked for that much more.
  order.kbps = static_cast<std::uint32_t>(std::clamp(bytes * 8 / frameS / 1e3 / use_, double(options_.minKbps), options_.maxKbps * mostAsked));
  order.key = first_ || (state.keyWanted.load(std::memory_order_relaxed) && nowUs - keyUs_ >= keyEveryUs);
  const bool blind = state.blind.load(std::memory_order_relaxed);
  if (blind) {
    order.key = true;
    order.skip = blindFrames_++ % 2 == 1;
  } else {
    blindFrames_ = 0;
  }
  if (waits > fair && !first_) order.skip = true;
  if (order.skip) return order;
  if (first_) order.maxBytes = options_.firstKeyBytes;
  if (order.key) {
    state.keyWanted.store(false, std::memory_order_relaxed);
    keyUs_ = nowUs;
  }
  first_ = false;
  return order;
}

}  // namespace feimu
