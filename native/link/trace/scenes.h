#pragma once
#include <cstdint>
#include <vector>

#include "media/painter.h"

namespace feimu {

/// The reel that frame traces are made of: what Feimu sends, 66 s of a phone's screen with comments flying over it.
/// Games with texture that moves by parts of a pixel, stills of 3 to 5 s where only comments move, scrolls that start
/// and stop, cuts, a slow pan with grain. Same picture for a frame index, always. One thread.
class Scenes {
 public:
  static constexpr std::uint32_t framesPerSecond = 30;
  static constexpr std::uint32_t frames = 66 * framesPerSecond;

  /// `width` a multiple of 640: what has a size on the screen grows with it, texture gets finer.
  Scenes(std::uint32_t width, std::uint32_t height);
  /// Valid until the next call.
  PictureView paint(std::uint32_t frame);
  /// Whether nothing of the previous picture but the comments stays.
  [[nodiscard]] static bool isCut(std::uint32_t frame);

 private:
  static constexpr int textureSide = 1024;
  static constexpr int glyphSide = 16;
  static constexpr int glyphs = 96;

  void makeTexture();
  void makeGlyphs();
  [[nodiscard]] int texel(double x, double y) const;
  void photo(double x, double y, double zoom, int seed);
  void game(std::uint32_t at, int seed, double speed);
  void menu(int seed);
  void list(double offset);
  void grain(std::uint32_t frame, int amplitude);
  void comments(std::uint32_t frame);
  void glyph(int index, int x, int y, int luma);

  FrameFormat format_;
  int unit_;
  Painter painter_;
  std::vector<std::uint8_t> picture_;
  std::vector<std::int8_t> texture_;
  std::vector<std::uint8_t> glyphs_;  // 0 clear, 1 outline, 2 ink
};

}  // namespace feimu
