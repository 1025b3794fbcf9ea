#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "stage/font-stack.h"
#include "stage/gl-texture.h"

namespace feimu::stage {

/// Where a glyph lies: texels on its page, and pixels from the pen (y down) on the stage.
struct AtlasGlyph {
  std::uint16_t page = 0;
  std::uint16_t u = 0, v = 0, width = 0, height = 0;  // texels; width 0 draws nothing
  float left = 0, top = 0;                            // pixels
};

/// Rasterised glyphs on texture pages: fill and outline coverage in RG8, colour emoji in RGBA8.
/// Pages are not packed again: a full one is left to drain, and begins anew when no comment uses it. GL thread.
class GlyphAtlas {
 public:
  struct Page {
    GlTexture texture;
    bool colour = false;
    bool draining = false;
    std::uint32_t users = 0;
    std::uint32_t shelfX = 0, shelfY = 0, shelfHeight = 0;
  };
  static constexpr std::size_t maxPages = 6;

  GlyphAtlas(FontStack& fonts, std::uint32_t pageSize) : fonts_(fonts), pageSize_(pageSize) {}

  /// Resident glyph. Rasterises a new one while `budget` lasts, and counts it down. Empty: not in this frame.
  std::optional<AtlasGlyph> find(std::uint32_t font, std::uint32_t glyph, float sizePx, std::uint32_t& budget);
  /// Brings moving pictures that somebody draws to the frame that is due. True when one looks different.
  bool animate(std::int64_t us);
  /// A comment holds each page that it draws from, so that the page stays as it is.
  void hold(std::uint16_t page) { ++pages_[page]->users; }
  void release(std::uint16_t page) { --pages_[page]->users; }
  [[nodiscard]] const std::vector<std::unique_ptr<Page>>& pages() const { return pages_; }
  /// Half the width of the outline on each side, pixels.
  static float outlinePx(float sizePx);

 private:
  struct Raster {
    std::uint32_t width = 0, height = 0;
    float left = 0, top = 0;
    std::vector<std::uint8_t> texels;
  };
  std::optional<Raster> rasteriseOutlined(std::uint32_t font, std::uint32_t glyph, float sizePx);
  std::optional<Raster> rasteriseColour(std::uint32_t font, std::uint32_t glyph, float sizePx);
  std::optional<Raster> rasterisePicture(std::uint32_t glyph, float sizePx, std::uint32_t frame);
  std::optional<std::uint16_t> place(bool colour, std::uint32_t width, std::uint32_t height);
  FontStack& fonts_;
  std::uint32_t pageSize_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::unordered_map<std::uint64_t, AtlasGlyph> glyphs_;
  /// A picture of several frames, where it lies.
  struct Moving {
    AtlasGlyph at;
    std::uint32_t glyph;
    float sizePx;
    std::uint32_t frame;
  };
  std::vector<Moving> moving_;
};

}  // namespace feimu::stage
