#pragma once
#include <cstdint>

namespace feimu {

/// NTP's 32.32 seconds since 1900 (RFC 3550 §4), wrapped in 2036, from microseconds since 1970.
constexpr std::uint64_t ntpFromUnixUs(std::int64_t unixUs) {
  constexpr std::int64_t offsetSeconds = 2'208'988'800;
  const std::int64_t fractionUs = (unixUs % 1'000'000 + 1'000'000) % 1'000'000;
  const auto seconds = static_cast<std::uint64_t>((unixUs - fractionUs) / 1'000'000 + offsetSeconds);
  // Rounded up: who reads it rounds down, and has the same microsecond.
  return seconds << 32 | ((static_cast<std::uint64_t>(fractionUs) << 32) + 999'999) / 1'000'000;
}

/// The middle 32 bits of NTP, 1/65536 s: a report's LSR (RFC 3550 §6.4.1), RFC 8888's report timestamp.
constexpr std::uint32_t ntpMiddle(std::uint64_t ntp) { return static_cast<std::uint32_t>(ntp >> 16); }

}  // namespace feimu
