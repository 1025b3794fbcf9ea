#pragma once
#include <algorithm>
#include <cstdint>

namespace feimu::stage {

/// A part of the stage, pixels. Empty: no width and no height.
struct Rect {
  std::int32_t x, y, width, height;
  bool operator==(const Rect&) const = default;
};

/// The smallest that holds both.
inline Rect united(const Rect& one, const Rect& other) {
  if (one.width == 0) return other;
  if (other.width == 0) return one;
  const std::int32_t x = std::min(one.x, other.x);
  const std::int32_t y = std::min(one.y, other.y);
  return {x, y, std::max(one.x + one.width, other.x + other.width) - x,
          std::max(one.y + one.height, other.y + other.height) - y};
}

}  // namespace feimu::stage
