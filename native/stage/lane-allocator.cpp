#include "stage/lane-allocator.h"

#include <algorithm>

namespace feimu::stage {

namespace {

/// Times are whole microseconds.
constexpr double kRoundingPx = 0.01;

}  // namespace

double Flight::leftPx(std::int64_t us, double stageWidth) const {
  const double way = pixelsPerUs * static_cast<double>(us - t0Us);
  switch (mode) {
    case Mode::scroll: return stageWidth - way;
    case Mode::reverse: return way - widthPx;
    default: return (stageWidth - widthPx) / 2;
  }
}

bool LaneAllocator::apart(const Flight& earlier, const Flight& later, double stageWidth) {
  if (earlier.endUs <= later.t0Us) return true;
  if (earlier.pixelsPerUs == 0 || later.pixelsPerUs == 0) return false;
  const double sinceUs = static_cast<double>(later.t0Us - earlier.t0Us);
  const double leftUs = static_cast<double>(earlier.endUs - later.t0Us);
  return earlier.pixelsPerUs * sinceUs >= earlier.widthPx && later.pixelsPerUs * leftUs <= stageWidth + kRoundingPx;
}

std::optional<float> LaneAllocator::find(const std::vector<const Flight*>& flights, const Flight& wanted,
                                         const Area& area) {
  const double usable = std::max(area.share * area.heightPx, static_cast<double>(wanted.heightPx));
  if (wanted.heightPx > area.heightPx) return std::nullopt;
  for (std::uint32_t lane = 0;; ++lane) {
    const double offset = lane * area.lanePx;
    if (offset + wanted.heightPx > usable + 0.5) return std::nullopt;
    const double top = wanted.mode == Mode::bottom ? area.heightPx - offset - wanted.heightPx : offset;
    const bool free = std::ranges::all_of(flights, [&](const Flight* other) {
      if (other->mode != wanted.mode) return true;
      if (other->topPx >= top + wanted.heightPx || top >= other->topPx + other->heightPx) return true;
      return apart(*other, wanted, area.widthPx);
    });
    if (free) return static_cast<float>(top);
  }
}

}  // namespace feimu::stage
