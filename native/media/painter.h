#pragma once
#include <cstdint>
#include <vector>

#include "codec/picture.h"

namespace feimu {

/// Draws test pictures into NV12. One thread.
class Painter {
 public:
  struct Colour {
    std::uint8_t y, u, v;  // BT.709, limited range
  };
  Painter(std::uint32_t width, std::uint32_t height);
  /// Clipped to the picture; edges are rounded to even pixels.
  void rectangle(int x, int y, int width, int height, Colour colour);
  void disc(int x, int y, int radius, Colour colour);
  [[nodiscard]] PictureView view() const { return {format_, memory_, false, true}; }
  [[nodiscard]] int width() const { return static_cast<int>(format_.width); }
  [[nodiscard]] int height() const { return static_cast<int>(format_.height); }

 private:
  FrameFormat format_;
  std::vector<std::byte> memory_;
};

/// BT.709 limited range of an 8-bit RGB colour.
Painter::Colour fromRgb(int red, int green, int blue);

/// Colour bars, a moving box and the frame number in binary blocks.
void paintTestPattern(Painter& painter, std::uint64_t frame);
/// What a phone might send: a game-like scene that never stands still.
void paintPhone(Painter& painter, std::uint64_t frame);
/// `blocks` small ones anywhere, others in each picture: what makes an encoder use its rate up.
void paintNoise(Painter& painter, std::uint64_t frame, std::uint32_t blocks);

}  // namespace feimu
