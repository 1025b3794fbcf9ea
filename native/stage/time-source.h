#pragma once
#include <time.h>

#include <cerrno>
#include <cstdint>

namespace feimu::stage {

/// Time in microseconds. Passed in, so that tests can simulate it.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  [[nodiscard]] virtual std::int64_t nowUs() const = 0;
  /// Returns at once when `us` has passed.
  virtual void sleepUntil(std::int64_t us) = 0;
};

/// CLOCK_MONOTONIC, the clock of all frames. Any thread.
class MonotonicTime final : public TimeSource {
 public:
  [[nodiscard]] std::int64_t nowUs() const override {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  }
  void sleepUntil(std::int64_t us) override {
    const timespec until{us / 1'000'000, us % 1'000'000 * 1'000};
    // Absolute, so that a preempted sleep does not shift the beat.
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
  }
};

/// Stands still until it is told to sleep.
class SimulatedTime final : public TimeSource {
 public:
  [[nodiscard]] std::int64_t nowUs() const override { return nowUs_; }
  void sleepUntil(std::int64_t us) override {
    if (us > nowUs_) nowUs_ = us;
  }

 private:
  std::int64_t nowUs_ = 1'000'000;
};

}  // namespace feimu::stage
