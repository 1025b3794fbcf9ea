#pragma once
#include <array>
#include <cmath>

#include "stage/display.h"

namespace feimu::stage {

/// Buffers that nobody sees, flipped by a steady clock: for machines without a display, and for tests.
class HeadlessDisplay final : public Display {
 public:
  /// The GL context must be current. Ticks are at `originUs` + n / `refreshHz`.
  HeadlessDisplay(std::uint32_t width, std::uint32_t height, double refreshHz, std::int64_t originUs)
      : buffers_{GlTarget{Texels::rgba8, width, height}, GlTarget{Texels::rgba8, width, height}},
        refreshHz_(refreshHz),
        originUs_(originUs) {}

  [[nodiscard]] std::uint32_t width() const override { return buffers_[0].texture().width(); }
  [[nodiscard]] std::uint32_t height() const override { return buffers_[0].texture().height(); }
  [[nodiscard]] double refreshHz() const override { return refreshHz_; }
  [[nodiscard]] const char* backend() const override { return "headless"; }
  [[nodiscard]] std::int64_t nextTickUs(std::int64_t us) const override {
    // From the origin each time: adding rounded periods would drift off 60 Hz.
    const double n = std::floor(static_cast<double>(us - originUs_) * refreshHz_ / 1e6) + 1;
    const auto tick = [&](double k) { return originUs_ + static_cast<std::int64_t>(std::llround(k * 1e6 / refreshHz_)); };
    return tick(n) > us ? tick(n) : tick(n + 1);
  }
  const GlTarget& back() override { return buffers_[back_]; }
  const GlTarget& front() override { return buffers_[back_ ^ 1U]; }
  void flip(std::int64_t doneUs, const Drawn&) override {
    back_ ^= 1U;
    litUs_ = nextTickUs(doneUs);
  }
  std::int64_t lit() override { return litUs_; }

 private:
  std::array<GlTarget, 2> buffers_;
  double refreshHz_;
  std::int64_t originUs_;
  std::uint32_t back_ = 0;
  std::int64_t litUs_ = 0;
};

}  // namespace feimu::stage
