#pragma once
#include <cstdint>

namespace feimu::testing {

/// Microseconds since 1970, from NTP's 32.32 seconds since 1900; the era is the one that gives 1970 to 2106.
constexpr std::int64_t unixUs(std::uint64_t ntp) {
  const auto seconds = static_cast<std::uint32_t>((ntp >> 32) - 2'208'988'800u);
  return std::int64_t{seconds} * 1'000'000 + static_cast<std::int64_t>((ntp & 0xffff'ffff) * 1'000'000 >> 32);
}

}  // namespace feimu::testing
