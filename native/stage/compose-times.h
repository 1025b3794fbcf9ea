#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace feimu::stage {

/// How long the last frames took to draw.
class ComposeTimes {
 public:
  static constexpr std::int64_t mostUs = 100'000;

  void add(std::int64_t us) {
    times_[next_++ % times_.size()] = us;
    count_ = std::min(count_ + 1, times_.size());
    auto sorted = times_;
    std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count_));
    p95Us_ = sorted[count_ * 95 / 100];
    needUs_ = std::min(sorted[count_ * 98 / 100], mostUs);
  }
  [[nodiscard]] std::int64_t p95Us() const { return p95Us_; }
  /// What the next frame is given: enough for all but the slowest two of the last two seconds, as long as refreshes can be reached at
  /// all. One frame that took seconds must not let all others aim seconds ahead: comments would have waited too long before they are seen.
  [[nodiscard]] std::int64_t needUs() const { return needUs_; }

 private:
  std::array<std::int64_t, 120> times_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::int64_t p95Us_ = 4'000;
  std::int64_t needUs_ = 4'000;
};

}  // namespace feimu::stage
