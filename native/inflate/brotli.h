#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace feimu {

struct Inflated {
  enum class Outcome { whole, broken, tooLong };
  Outcome outcome;
  std::size_t size;  // bytes written
};

/// Inflates a whole brotli stream (RFC 7932) into `output`. Any thread.
Inflated inflateBrotli(std::span<const std::uint8_t> input, std::span<std::uint8_t> output);

}  // namespace feimu
