#pragma once
#include <cstdint>
#include <fstream>
#include <string>

namespace feimu {

/// Names CLOCK_MONOTONIC of this machine since it was started: capture times of who has the same number can be
/// compared with our own. Another number after each start, so that it tells nobody which box it is. 0: not known.
inline std::uint64_t captureClockId() {
  static const std::uint64_t id = [] {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string text;
    if (!(file >> text)) return std::uint64_t{0};
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char letter : text) hash = (hash ^ static_cast<std::uint8_t>(letter)) * 0x100000001b3;
    return hash;
  }();
  return id;
}

}  // namespace feimu
