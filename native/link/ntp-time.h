#pragma once
#include <cstdint>

namespace feimu {

/// NTP's 32.32 seconds since 1900 (RFC 3550 §4), wrapped in 2036, from microseconds since 1970.
constexpr std::uint64_t ntpFromUnixUs(std::int64_t unixUs) {
  constexpr std::int64_t offsetSeconds = 2'208'988'800;
  const std::int64_t fractionUs = (unixUs % 1'000'000 + 1'000'000) % 1'000'000;
  const auto seconds = static_cast<std::uint64_t>((unixUs - fractionUs) / 1'000'000 + offsetSeconds);
  // Rounded up, so that a microsecond comes back as itself.
  return seconds << 32 | ((static_cast<std::uint64_t>(fractionUs) << 32) + 999'999) / 1'000'000;
}

/// Microseconds since 1970; the era is the one that gives 1970 to 2106.
constexpr std::int64_t unixUsFromNtp(std::uint64_t ntp) {
  const auto seconds = static_cast<std::uint32_t>((ntp >> 32) - 2'208'988'800u);
  return std::int64_t{seconds} * 1'000'000 + static_cast<std::int64_t>((ntp & 0xffff'ffff) * 1'000'000 >> 32);
}

/// The middle 32 bits of NTP, 1/65536 s: a report's LSR (RFC 3550 §6.4.1), RFC 8888's report timestamp.
constexpr std::uint32_t ntpMiddle(std::uint64_t ntp) { return static_cast<std::uint32_t>(ntp >> 16); }

}  // namespace feimu
