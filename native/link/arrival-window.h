#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace feimu {

/// The arrivals of the last `windowUs`, by the receiver's clock: at most 4096, of more the newest (200 ms of 240 Mbps).
/// No allocation. One thread.
class ArrivalWindow {
 public:
  explicit ArrivalWindow(std::int64_t windowUs) : windowUs_(windowUs) {}
  void add(std::int64_t atUs, std::int64_t queueUs, std::uint32_t sizeBytes) {
    newestUs_ = count_ == 0 ? atUs : std::max(newestUs_, atUs);
    if (count_ == ring_.size()) dropOldest();
    ring_[(first_ + count_++) % ring_.size()] = {atUs, queueUs, sizeBytes};
    bytes_ += sizeBytes;
    while (at(0).atUs < newestUs_ - windowUs_) dropOldest();
  }
  void clear() { first_ = count_ = 0, bytes_ = 0; }
  /// Bits a second, 0 before the second arrival. The first one begins the time that the others took.
  [[nodiscard]] double bps() const {
    if (count_ < 2) return 0;
    const std::int64_t spanUs = std::max(at(count_ - 1).atUs - at(0).atUs, leastSpanUs);
    return static_cast<double>(bytes_ - at(0).sizeBytes) * 8e6 / static_cast<double>(spanUs);
  }
  /// The smallest queue of the last `us` before the newest arrival, 0 when there was none.
  [[nodiscard]] std::int64_t leastQueueUs(std::int64_t us) const {
    std::int64_t least = INT64_MAX;
    for (std::size_t i = count_; i-- > 0 && at(i).atUs >= newestUs_ - us;) least = std::min(least, at(i).queueUs);
    return least == INT64_MAX ? 0 : least;
  }

 private:
  /// Of a shorter span RFC 8888's steps of 1/1024 s would be more than 5 %.
  static constexpr std::int64_t leastSpanUs = 20'000;
  struct Arrival {
    std::int64_t atUs = 0;
    std::int64_t queueUs = 0;
    std::uint32_t sizeBytes = 0;
  };
  [[nodiscard]] const Arrival& at(std::size_t index) const { return ring_[(first_ + index) % ring_.size()]; }
  void dropOldest() {
    bytes_ -= at(0).sizeBytes;
    first_ = (first_ + 1) % ring_.size();
    count_--;
  }

  const std::int64_t windowUs_;
  std::array<Arrival, 4096> ring_{};
  std::size_t first_ = 0, count_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t newestUs_ = 0;
};

}  // namespace feimu
