#include "stage/glyph-atlas.h"

#include FT_GLYPH_H
#include FT_STROKER_H

#include <algorithm>
#include <cmath>

namespace feimu::stage {

namespace {

/// Size in quarter pixels, so that near sizes share their glyphs.
std::uint64_t keyOf(std::uint32_t font, std::uint32_t glyph, float sizePx) {
  return (std::uint64_t{font} << 48) | (std::uint64_t{glyph & 0xFFFFFFU} << 16) |
         static_cast<std::uint64_t>(std::lround(sizePx * 4));
}

struct GlyphDeleter {
  void operator()(FT_Glyph glyph) const { FT_Done_Glyph(glyph); }
};
using GlyphHandle = std::unique_ptr<FT_GlyphRec_, GlyphDeleter>;

/// Rendered to grey levels in place; null when FreeType cannot.
GlyphHandle toBitmap(FT_Glyph glyph) {
  if (FT_Glyph_To_Bitmap(&glyph, FT_RENDER_MODE_NORMAL, nullptr, 1) == 0) return GlyphHandle(glyph);
  FT_Done_Glyph(glyph);
  return nullptr;
}

constexpr std::uint32_t padding = 1;

/// Four channels, each pixel the mean of what it covers.
std::vector<std::uint8_t> scaled(const std::uint8_t* source, std::size_t pitch, std::uint32_t fromWidth,
                                 std::uint32_t fromHeight, std::uint32_t width, std::uint32_t height) {
  std::vector<std::uint8_t> out(std::size_t{width} * height * 4);
  for (std::uint32_t y = 0; y < height; ++y) {
    const std::uint32_t y0 = y * fromHeight / height;
    const std::uint32_t y1 = std::max(y0 + 1, (y + 1) * fromHeight / height);
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::uint32_t x0 = x * fromWidth / width;
      const std::uint32_t x1 = std::max(x0 + 1, (x + 1) * fromWidth / width);
      std::uint32_t sum[4] = {};
      for (std::uint32_t v = y0; v < y1; ++v) {
        for (std::uint32_t u = x0; u < x1; ++u) {
          for (std::uint32_t c = 0; c < 4; ++c) sum[c] += source[v * pitch + u * 4 + c];
        }
      }
      const std::uint32_t count = (y1 - y0) * (x1 - x0);
      for (std::uint32_t c = 0; c < 4; ++c) out[(std::size_t{y} * width + x) * 4 + c] = static_cast<std::uint8_t>(sum[c] / count);
    }
  }
  return out;
}

}  // namespace

float GlyphAtlas::outlinePx(float sizePx) { return std::clamp(sizePx / 18, 1.0F, 6.0F); }

std::optional<AtlasGlyph> GlyphAtlas::find(std::uint32_t font, std::uint32_t glyph, float sizePx,
                                           std::uint32_t& budget) {
  const std::uint64_t key = keyOf(font, glyph, sizePx);
  if (const auto found = glyphs_.find(key); found != glyphs_.end()) {
    if (found->second.width == 0 || !pages_[found->second.page]->draining) return found->second;
  }
  if (budget == 0) return std::nullopt;
  --budget;
  const bool colour = fonts_.isColour(font);
  const auto raster = font == FontStack::pictureFont ? rasterisePicture(glyph, sizePx, 0)
                      : colour                       ? rasteriseColour(font, glyph, sizePx)
                                                     : rasteriseOutlined(font, glyph, sizePx);
  AtlasGlyph made;
  if (raster && raster->width > 0) {
    const auto page = place(colour, raster->width + padding, raster->height + padding);
    if (!page) return std::nullopt;
    Page& to = *pages_[*page];
    made = {*page, static_cast<std::uint16_t>(to.shelfX), static_cast<std::uint16_t>(to.shelfY),
            static_cast<std::uint16_t>(raster->width), static_cast<std::uint16_t>(raster->height), raster->left,
            raster->top};
    to.texture.write(made.u, made.v, raster->width, raster->height, raster->texels.data(), raster->width);
    to.shelfX += raster->width + padding;
    const Picture* picture = font == FontStack::pictureFont ? fonts_.pictures().find(glyph) : nullptr;
    if (picture && picture->delaysMs.size() > 1) moving_.push_back({made, glyph, sizePx, 0});
  }
  glyphs_[key] = made;
  return made;
}

std::optional<GlyphAtlas::Raster> GlyphAtlas::rasteriseOutlined(std::uint32_t font, std::uint32_t glyph,
                                                               float sizePx) {
  const FT_Face face = fonts_.face(font, sizePx);
  if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING) != 0) return std::nullopt;
  FT_Glyph plain = nullptr;
  if (face->glyph->format != FT_GLYPH_FORMAT_OUTLINE || FT_Get_Glyph(face->glyph, &plain) != 0) return std::nullopt;
  FT_Glyph stroked = nullptr;
  if (FT_Glyph_Copy(plain, &stroked) == 0) {
    FT_Stroker stroker = nullptr;
    if (FT_Stroker_New(fonts_.library(), &stroker) == 0) {
      FT_Stroker_Set(stroker, static_cast<FT_Fixed>(outlinePx(sizePx) * 64), FT_STROKER_LINECAP_ROUND,
                     FT_STROKER_LINEJOIN_ROUND, 0);
      FT_Glyph_StrokeBorder(&stroked, stroker, 0, 1);
      FT_Stroker_Done(stroker);
    }
  }
  const GlyphHandle fillGlyph = toBitmap(plain);
  const GlyphHandle edgeGlyph = stroked ? toBitmap(stroked) : nullptr;
  if (!fillGlyph || !edgeGlyph) return std::nullopt;
  const auto* fill = reinterpret_cast<FT_BitmapGlyph>(fillGlyph.get());
  const auto* edge = reinterpret_cast<FT_BitmapGlyph>(edgeGlyph.get());
  const int left = std::min(fill->left, edge->left);
  const int top = std::max(fill->top, edge->top);
  const int right = std::max(fill->left + static_cast<int>(fill->bitmap.width),
                             edge->left + static_cast<int>(edge->bitmap.width));
  const int bottom = std::min(fill->top - static_cast<int>(fill->bitmap.rows),
                              edge->top - static_cast<int>(edge->bitmap.rows));
  Raster raster;
  if (fill->bitmap.width == 0) return raster;
  raster.width = static_cast<std::uint32_t>(right - left);
  raster.height = static_cast<std::uint32_t>(top - bottom);
  // Some fonts hold marks larger than a line; they would fill a page.
  if (static_cast<float>(std::max(raster.width, raster.height)) > sizePx * 4 + 16) return Raster{};
  raster.left = static_cast<float>(left);
  raster.top = static_cast<float>(-top);
  raster.texels.resize(std::size_t{raster.width} * raster.height * 2);
  const auto copy = [&](FT_BitmapGlyph from, std::size_t channel) {
    for (unsigned y = 0; y < from->bitmap.rows; ++y) {
      const std::size_t row = static_cast<std::size_t>(top - from->top) + y;
      const std::uint8_t* source = from->bitmap.buffer + static_cast<std::ptrdiff_t>(y) * from->bitmap.pitch;
      for (unsigned x = 0; x < from->bitmap.width; ++x) {
        const std::size_t column = static_cast<std::size_t>(from->left - left) + x;
        raster.texels[(row * raster.width + column) * 2 + channel] = source[x];
      }
    }
  };
  copy(const_cast<FT_BitmapGlyph>(fill), 0);
  copy(const_cast<FT_BitmapGlyph>(edge), 1);
  // The outline is what it covers beyond the fill.
  for (std::size_t i = 0; i < raster.texels.size(); i += 2) {
    raster.texels[i + 1] = static_cast<std::uint8_t>(raster.texels[i + 1] * (255 - raster.texels[i]) / 255);
  }
  return raster;
}

std::optional<GlyphAtlas::Raster> GlyphAtlas::rasteriseColour(std::uint32_t font, std::uint32_t glyph, float sizePx) {
  const FT_Face face = fonts_.face(font, sizePx);
  if (FT_Load_Glyph(face, glyph, FT_LOAD_COLOR) != 0) return std::nullopt;
  const FT_Bitmap& bitmap = face->glyph->bitmap;
  if (bitmap.pixel_mode != FT_PIXEL_MODE_BGRA || bitmap.width == 0 || bitmap.rows == 0) return Raster{};
  // The strike's em is its line height; a line of text should be as high as the emoji in it.
  const float scale = sizePx * 1.17F / static_cast<float>(bitmap.rows);
  Raster raster;
  raster.width = std::max(1U, static_cast<std::uint32_t>(std::lround(static_cast<float>(bitmap.width) * scale)));
  raster.height = std::max(1U, static_cast<std::uint32_t>(std::lround(static_cast<float>(bitmap.rows) * scale)));
  raster.left = static_cast<float>(face->glyph->bitmap_left) * scale;
  raster.top = -static_cast<float>(face->glyph->bitmap_top) * scale;
  raster.texels = scaled(bitmap.buffer, static_cast<std::size_t>(bitmap.pitch), bitmap.width, bitmap.rows, raster.width,
                         raster.height);
  // FreeType has blue first.
  for (std::size_t i = 0; i < raster.texels.size(); i += 4) std::swap(raster.texels[i], raster.texels[i + 2]);
  return raster;
}

std::optional<GlyphAtlas::Raster> GlyphAtlas::rasterisePicture(std::uint32_t glyph, float sizePx, std::uint32_t frame) {
  const Picture* picture = fonts_.pictures().find(glyph);
  if (!picture) return Raster{};
  const float scale = sizePx * PictureFont::heightEm / static_cast<float>(picture->height);
  Raster raster;
  raster.width = std::max(1U, static_cast<std::uint32_t>(std::lround(static_cast<float>(picture->width) * scale)));
  raster.height = std::max(1U, static_cast<std::uint32_t>(std::lround(static_cast<float>(picture->height) * scale)));
  raster.top = -sizePx * PictureFont::ascentEm;
  const std::size_t row = std::size_t{picture->width} * 4;
  const std::uint8_t* source = picture->rgba.data() + frame * row * picture->height;
  raster.texels = scaled(source, row, picture->width, picture->height, raster.width, raster.height);
  return raster;
}

bool GlyphAtlas::animate(std::int64_t us) {
  bool changed = false;
  for (Moving& moving : moving_) {
    if (pages_[moving.at.page]->users == 0) continue;
    const Picture* picture = fonts_.pictures().find(moving.glyph);
    if (!picture) continue;
    const std::uint32_t frame = PictureFont::frameAt(*picture, us);
    if (frame == moving.frame) continue;
    moving.frame = frame;
    if (const auto raster = rasterisePicture(moving.glyph, moving.sizePx, frame)) {
      pages_[moving.at.page]->texture.write(moving.at.u, moving.at.v, raster->width, raster->height, raster->texels.data(),
                                            raster->width);
    }
    changed = true;
  }
  return changed;
}

std::optional<std::uint16_t> GlyphAtlas::place(bool colour, std::uint32_t width, std::uint32_t height) {
  if (width > pageSize_ || height > pageSize_) return std::nullopt;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    Page& page = *pages_[i];
    if (page.colour != colour) continue;
    if (page.draining) {
      if (page.users > 0) continue;
      std::erase_if(glyphs_, [i](const auto& entry) { return entry.second.width > 0 && entry.second.page == i; });
      std::erase_if(moving_, [i](const Moving& moving) { return moving.at.page == i; });
      page.draining = false;
      page.shelfX = page.shelfY = page.shelfHeight = 0;
    }
    if (page.shelfX + width > pageSize_) {
      page.shelfY += page.shelfHeight;
      page.shelfX = page.shelfHeight = 0;
    }
    if (page.shelfY + height <= pageSize_) {
      page.shelfHeight = std::max(page.shelfHeight, height);
      return static_cast<std::uint16_t>(i);
    }
    page.draining = true;
  }
  if (pages_.size() >= maxPages) return std::nullopt;
  auto page = std::make_unique<Page>();
  page->texture = GlTexture(colour ? Texels::rgba8 : Texels::rg8, pageSize_, pageSize_, GL_LINEAR);
  page->colour = colour;
  page->shelfHeight = height;
  pages_.push_back(std::move(page));
  return static_cast<std::uint16_t>(pages_.size() - 1);
}

}  // namespace feimu::stage
