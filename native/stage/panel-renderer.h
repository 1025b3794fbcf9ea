#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "stage/gl-program.h"

namespace feimu::stage {

/// Where a panel stands: pixels from the upper left of the target.
struct Panel {
  float x, y, width, height;
};

/// A QR code, ISO/IEC 18004.
struct QrCode {
  std::uint32_t size = 0;             // modules a side, 0: none
  std::vector<std::uint8_t> modules;  // size * size, 1 is dark
};

/// Draws rounded rectangles and codes made of them. The GL thread only.
class PanelRenderer {
 public:
  static constexpr std::uint32_t quietZone = 4;  // modules on each side of a code

  static std::unique_ptr<PanelRenderer> create(std::uint32_t width, std::uint32_t height, StageError& error);
  /// Premultiplied, over what the current target holds.
  void draw(const Panel& panel, float radius, std::uint32_t rgb, float alpha) const;
  /// The code on a white card with its quiet zone, `module` pixels each; the card's side is (size + 8) * module.
  void draw(const QrCode& code, float x, float y, float module) const;

 private:
  PanelRenderer(std::uint32_t width, std::uint32_t height) : width_(width), height_(height) {}
  std::uint32_t width_, height_;
  std::unique_ptr<GlProgram> program_;
  GLint stageAt_ = -1, boxAt_ = -1, tintAt_ = -1, radiusAt_ = -1;
};

}  // namespace feimu::stage
