#pragma once
#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stage/picture-font.h"
#include "stage/stage-error.h"

namespace feimu::stage {

/// One glyph of a shaped line. Pen positions in pixels from the line's left end and baseline, y down.
struct ShapedGlyph {
  std::uint32_t font;
  std::uint32_t glyph;
  float x;
  float y;
};

struct ShapedText {
  std::vector<ShapedGlyph> glyphs;
  float widthPx = 0;
};

/// Fonts in the order in which they are asked for a character, and shaping with them. One thread.
class FontStack {
 public:
  /// Marks over one base beyond this are noise that only slows drawing down.
  static constexpr std::uint32_t marksPerBase = 4;
  static constexpr std::uint32_t charactersPerLine = 256;
  /// The font of ShapedGlyph for pictures.
  static constexpr std::uint32_t pictureFont = 0xFFFF;

  /// Null with STAGE_NO_FONT when no font file is found.
  static std::unique_ptr<FontStack> open(StageError& error);
  ~FontStack();
  FontStack(const FontStack&) = delete;
  FontStack& operator=(const FontStack&) = delete;

  /// One line of UTF-8: broken bytes, controls and direction marks are left out, and all beyond `maxWidthPx`.
  ShapedText shape(std::string_view utf8, float sizePx, float maxWidthPx);
  /// Set to `sizePx`, ready for FT_Load_Glyph. Colour fonts keep their strike's own size.
  FT_Face face(std::uint32_t font, float sizePx);
  [[nodiscard]] bool isColour(std::uint32_t font) const;
  [[nodiscard]] FT_Library library() const { return library_; }
  [[nodiscard]] PictureFont& pictures() { return pictures_; }

 private:
  struct Font;
  FontStack() = default;
  bool add(const std::string& path, int index, bool colour);
  std::uint32_t fontFor(std::uint32_t character, bool asEmoji);
  FT_Library library_ = nullptr;
  std::vector<std::unique_ptr<Font>> fonts_;
  hb_buffer_t* buffer_ = nullptr;
  PictureFont pictures_;
};

}  // namespace feimu::stage
