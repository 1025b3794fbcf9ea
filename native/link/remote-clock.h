#pragma once
#include <cstdint>
#include <cstdlib>

namespace feimu {

/// Unwraps the times of a receiver whose clock began somewhere and wraps around. They go on as the sender's own clock
/// does: across pauses longer than a period, and across steps, which are left out. One thread.
class RemoteClock {
 public:
  explicit RemoteClock(std::int64_t periodUs) : periodUs_(periodUs) {}
  /// The time of a report that was heard at `nowUs`, microseconds; only differences mean something.
  std::int64_t unwrap(std::int64_t wrappedUs, std::int64_t nowUs) {
    const std::int64_t expectedUs = known_ ? lastUs_ + nowUs - heardUs_ : originUs;
    std::int64_t us = wrappedUs + shiftUs_;
    us += (expectedUs - us) / periodUs_ * periodUs_;
    if (us - expectedUs > periodUs_ / 2) us -= periodUs_;
    if (expectedUs - us > periodUs_ / 2) us += periodUs_;
    if (!known_ || std::abs(us - expectedUs) > stepUs) {
      shiftUs_ = (shiftUs_ + expectedUs - us) % periodUs_;
      us = expectedUs;
    }
    known_ = true;
    heardUs_ = nowUs;
    lastUs_ = us;
    return us;
  }

 private:
  static constexpr std::int64_t originUs = 1'000'000'000'000;
  /// More than a report is ever held back or under way.
  static constexpr std::int64_t stepUs = 10'000'000;
  const std::int64_t periodUs_;
  bool known_ = false;
  std::int64_t shiftUs_ = 0;
  std::int64_t lastUs_ = 0, heardUs_ = 0;
};

}  // namespace feimu
