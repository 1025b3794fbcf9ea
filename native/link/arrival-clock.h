#pragma once
#include <cstdint>

namespace feimu {

/// Turns the kernel's times of arrival, which are CLOCK_REALTIME, into CLOCK_MONOTONIC. When the wall clock is set
/// between an arrival and its reading, the distance of the two clocks from before holds for that packet. One thread.
class ArrivalClock {
 public:
  /// To be called before each reading of the socket, with both clocks read together; `spreadUs` is how far apart the
  /// two readings may be.
  void begin(std::int64_t monotonicUs, std::int64_t realtimeUs, std::int64_t spreadUs);
  /// The time of a packet that was read after begin(), not later than `nowUs`.
  [[nodiscard]] std::int64_t arrivedUs(std::int64_t stampUs, std::int64_t nowUs) const;
  /// The socket was empty at the last begin() or after it: what comes later arrived later.
  void drained();

 private:
  static constexpr std::int64_t slackUs = 2'000;  // a packet is stamped before it can be read
  bool known_ = false;
  std::int64_t beganUs_ = 0;
  std::int64_t drainedUs_ = 0;
  std::int64_t distanceUs_ = 0;  // realtime - monotonic
  std::int64_t distanceBeforeUs_ = 0;
};

/// Reads both clocks as closely together as a few tries allow, and begins with them.
void beginNow(ArrivalClock& clock);

}  // namespace feimu
