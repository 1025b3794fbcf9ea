#pragma once
#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace feimu {

/// What the receiver asked for again, in its order, and how much of the path may be spent on it: a quarter of the
/// media's rate, saved up to 30 kB (24 packets). At most 1,024 wait; more are not taken. One thread.
class ResendQueue {
 public:
  /// False when it waits already, or the queue is full.
  bool push(std::uint16_t sequence, int times) {
    if (waits_[sequence] || count_ + static_cast<std::size_t>(times) > ring_.size()) return false;
    waits_[sequence] = true;
    for (int i = 0; i < times; i++) ring_[(first_ + count_++) % ring_.size()] = sequence;
    return true;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint16_t front() const { return ring_[first_]; }
  void pop() {
    waits_[front()] = false;
    first_ = (first_ + 1) % ring_.size();
    count_--;
  }

  /// Time passes while the media's rate is this.
  void earn(std::int64_t nowUs, double mediaBps) {
    const double seconds = std::clamp(static_cast<double>(nowUs - earnedUs_) / 1e6, 0.0, 1.0);
    earnedUs_ = std::max(earnedUs_, nowUs);
    mediaBps_ = mediaBps;
    creditBytes_ = std::min(creditBytes_ + seconds * mediaBps / 8 * share, mostBytes);
    spentBps_ -= spentBps_ * std::min(1.0, seconds);
  }
  void spend(std::size_t bytes) {
    creditBytes_ -= static_cast<double>(bytes);
    spentBps_ += static_cast<double>(bytes) * 8;
  }
  [[nodiscard]] bool affords(std::size_t bytes) const { return creditBytes_ >= static_cast<double>(bytes); }
  /// When a packet of that size may leave.
  [[nodiscard]] std::int64_t affordsUs(std::size_t bytes) const {
    const double lacking = static_cast<double>(bytes) - creditBytes_;
    if (lacking <= 0) return earnedUs_;
    return earnedUs_ + static_cast<std::int64_t>(lacking * 8e6 / std::max(share * mediaBps_, 1e3)) + 1;
  }
  /// Over the last second, without headers.
  [[nodiscard]] double spentBps() const { return spentBps_; }

 private:
  static constexpr double share = 0.25;
  static constexpr double mostBytes = 30'000;
  std::array<std::uint16_t, 1'024> ring_{};
  std::bitset<65'536> waits_;  // by sequence number
  std::size_t first_ = 0, count_ = 0;
  double creditBytes_ = 0;
  double spentBps_ = 0;
  double mediaBps_ = 0;
  std::int64_t earnedUs_ = 0;
};

}  // namespace feimu
