#pragma once
#include <chrono>
#include <cstdint>

namespace feimu {

/// CLOCK_MONOTONIC, microseconds: one clock for all processes of this machine.
inline std::int64_t nowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace feimu
