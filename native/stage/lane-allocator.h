#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace feimu::stage {

enum class Mode : std::uint8_t { scroll = 0, top = 1, bottom = 2, reverse = 3 };

/// One comment's way over the stage. Position is a function of time alone; nothing here changes while it flies.
struct Flight {
  Mode mode = Mode::scroll;
  std::int64_t t0Us = 0;      // enters
  std::int64_t endUs = 0;     // has left
  double pixelsPerUs = 0;     // 0 for top and bottom
  float widthPx = 0;
  float topPx = 0;            // of its lane
  float heightPx = 0;
  /// Left edge at `us` on a stage of `stageWidth` pixels.
  [[nodiscard]] double leftPx(std::int64_t us, double stageWidth) const;
};

/// Finds the highest free lane (the lowest for bottom). Lanes are rows of pixels, so that comments of several
/// sizes, and those of before a change of the font size, share them. One thread.
class LaneAllocator {
 public:
  struct Area {
    double widthPx;
    double heightPx;      // of the stage
    double share;         // 0..1 of the height that comments may use
    double lanePx;        // rows at which lanes begin
  };
  /// Top of a lane where `wanted` meets no flight of its mode until either is gone, or empty.
  static std::optional<float> find(const std::vector<const Flight*>& flights, const Flight& wanted, const Area& area);
  /// Whether two boxes in one row stay apart for as long as both fly: the first has entered, and the second does not come to the other
  /// edge before the first has left. For one duration D and a stage of width W this is dt >= D * wm / (W + wm), wm the wider of both.
  static bool apart(const Flight& earlier, const Flight& later, double stageWidth);
};

}  // namespace feimu::stage
