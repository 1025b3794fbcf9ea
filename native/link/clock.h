#pragma once
#include <chrono>
#include <cstdint>

namespace feimu {

/// CLOCK_MONOTONIC, microseconds: one clock for all processes of this machine.
inline std::int64_t nowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// What is to be added to nowUs() for microseconds since 1970, as the system's clock stands.
inline std::int64_t unixOffsetUs() {
  const auto unix = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(unix).count() - nowUs();
}

}  // namespace feimu
