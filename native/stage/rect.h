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

/// What lies in both.
inline Rect common(const Rect& one, const Rect& other) {
  const std::int32_t x = std::max(one.x, other.x);
  const std::int32_t y = std::max(one.y, other.y);
  const std::int32_t width = std::min(one.x + one.width, other.x + other.width) - x;
  const std::int32_t height = std::min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? Rect{x, y, width, height} : Rect{};
}

}  // namespace feimu::stage
