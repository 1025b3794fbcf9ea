#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

namespace feimu {

/// Durations of the last second. Any thread; the mutex guards all.
class LastSecond {
 public:
  void add(std::int64_t durationUs, std::int64_t nowUs) {
    const std::lock_guard lock(mutex_);
    values_.emplace_back(nowUs, durationUs);
    if (values_.size() > most) values_.pop_front();
  }
  /// P95, milliseconds; NaN when there was none.
  [[nodiscard]] double p95Ms(std::int64_t nowUs) const {
    std::vector<std::int64_t> recent;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [atUs, durationUs] : values_) {
        if (nowUs - atUs < 1'000'000) recent.push_back(durationUs);
      }
    }
    if (recent.empty()) return std::numeric_limits<double>::quiet_NaN();
    const auto at = recent.begin() + static_cast<std::ptrdiff_t>(recent.size() * 95 / 100);
    std::nth_element(recent.begin(), at, recent.end());
    return static_cast<double>(*at) / 1e3;
  }

 private:
  static constexpr std::size_t most = 256;
  mutable std::mutex mutex_;
  std::deque<std::pair<std::int64_t, std::int64_t>> values_;  // when, and how long
};

}  // namespace feimu
