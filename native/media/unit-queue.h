#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "link/access-unit-assembler.h"

namespace feimu {

/// Access units between the link's thread and the decoder's. An IDR takes the place of all that waits; when the decoder
/// is this far behind, what waits is dropped and the next one that is taken is an IDR. The mutex guards all.
class UnitQueue {
 public:
  static constexpr std::size_t most = 8;
  struct Unit {
    AccessUnit unit;
    std::int64_t wholeUs = 0;
    bool newest = false;  // nothing waits behind it
  };

  /// False: an IDR is needed.
  bool push(AccessUnit&& unit, std::int64_t wholeUs) {
    const std::lock_guard lock(mutex_);
    if (unit.key) {
      waitsForKey_ = false;
      drop();
    } else if (waitsForKey_ || units_.size() >= most) {
      waitsForKey_ = true;
      drop();
      dropped_++;
      return false;
    }
    units_.push_back({std::move(unit), wholeUs, false});
    changed_.notify_one();
    return true;
  }
  /// Waits for the next one; empty when it is to stop.
  std::optional<Unit> take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !units_.empty(); })) return std::nullopt;
    Unit unit = std::move(units_.front());
    units_.pop_front();
    unit.newest = units_.empty();
    return unit;
  }
  /// The picture that was taken last is damaged: what refers to it is damaged too.
  void abandon() {
    const std::lock_guard lock(mutex_);
    if (units_.empty() || !units_.front().unit.key) {
      waitsForKey_ = true;
      drop();
    }
  }
  [[nodiscard]] std::uint64_t dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  void drop() {
    dropped_ += units_.size();
    units_.clear();
  }
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Unit> units_;
  bool waitsForKey_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace feimu
