#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "stage/gl-program.h"
#include "stage/glyph-atlas.h"

namespace feimu::stage {

/// One glyph on the stage, as the vertex shader reads it.
struct GlyphQuad {
  float x, y;                          // upper left, pixels
  std::uint16_t u, v, width, height;   // texels = pixels
  std::array<std::uint8_t, 4> colour;  // RGB, and 255 for a light outline instead of a dark one
};

/// A laid-out line: quads relative to its left end and the top of its box, and the pages they hold.
struct TextLine {
  struct Piece {
    std::uint16_t page;
    GlyphQuad quad;
  };
  std::vector<Piece> pieces;
  std::vector<std::uint16_t> pages;  // each once
  float widthPx = 0;
  float heightPx = 0;
};

/// Lays `text` out. False while glyphs are missing that `budget` did not allow; nothing is held then.
bool layOut(const ShapedText& text, float sizePx, std::uint32_t colour, GlyphAtlas& atlas, std::uint32_t& budget,
            TextLine& line);

/// Draws quads, one instanced draw a page, premultiplied alpha. The GL thread only.
class GlyphRenderer {
 public:
  static std::unique_ptr<GlyphRenderer> create(StageError& error);
  ~GlyphRenderer();
  void begin();
  void add(const TextLine& line, float x, float y, float clipWidth);
  void draw(const GlyphAtlas& atlas, std::uint32_t stageWidth, std::uint32_t stageHeight, float opacity,
            float outlineOpacity);

 private:
  /// One a kind of page: software renderers pay for both sides of a branch.
  struct Shader {
    std::unique_ptr<GlProgram> program;
    GLint stageAt = -1, pageAt = -1, weightsAt = -1;
    bool link(const char* fragment, StageError& error);
  };
  Shader outlined_, coloured_;
  GLuint array_ = 0, buffer_ = 0;
  std::array<std::vector<GlyphQuad>, GlyphAtlas::maxPages> quads_;
};

}  // namespace feimu::stage
