#include "stage/font-stack.h"

#include <hb-ot.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace feimu::stage {

struct FontStack::Font {
  bool colour = false;
  FT_Face face = nullptr;
  hb_blob_t* blob = nullptr;
  hb_font_t* font = nullptr;
  float sizePx = 0;
  ~Font() {
    hb_font_destroy(font);
    hb_blob_destroy(blob);
    if (face) FT_Done_Face(face);
  }
};

namespace {

struct Candidate {
  const char* path;
  int index;  // in a collection; 2 is Simplified Chinese in Noto's
  bool colour;
};

constexpr Candidate candidates[] = {
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2, false},
    {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2, false},
    {"/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf", 0, true},
    {"/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSansArabic-Bold.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSansThai-Bold.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSansDevanagari-Bold.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSansSymbols-Regular.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSansSymbols2-Regular.ttf", 0, false},
    {"/usr/share/fonts/truetype/noto/NotoSansMath-Regular.ttf", 0, false},
};

bool isMark(std::uint32_t character) {
  switch (hb_unicode_general_category(hb_unicode_funcs_get_default(), character)) {
    case HB_UNICODE_GENERAL_CATEGORY_NON_SPACING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_SPACING_MARK:
    case HB_UNICODE_GENERAL_CATEGORY_ENCLOSING_MARK: return true;
    default: return false;
  }
}

constexpr std::uint32_t joiner = 0x200D;
constexpr std::uint32_t emojiSelector = 0xFE0F;
constexpr std::uint32_t textSelector = 0xFE0E;

bool isInvisible(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x200B || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xD800 && c < 0xE000);
}

bool isEmojiBlock(std::uint32_t c) { return c >= 0x1F000 && c < 0x1FC00; }

/// Skin tones, and the second half of a flag: they belong to the character before.
bool continuesEmoji(std::uint32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }

std::vector<std::uint32_t> decode(std::string_view utf8) {
  std::vector<std::uint32_t> out;
  std::uint32_t marks = 0;
  for (std::size_t i = 0; i < utf8.size() && out.size() < FontStack::charactersPerLine;) {
    const auto first = static_cast<std::uint8_t>(utf8[i]);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : 2;
    bool good = (first < 0x80 || first >= 0xC2) && first < 0xF5 && i + length <= utf8.size();
    std::uint32_t character = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t k = 1; good && k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(utf8[i + k]);
      good = (next & 0xC0) == 0x80;
      character = (character << 6) | (next & 0x3F);
    }
    i += good ? length : 1;
    if (!good || character > 0x10FFFF) continue;
    if (character == '\t' || character == '\n' || character == '\r') character = ' ';
    if (isInvisible(character)) continue;
    marks = isMark(character) ? marks + 1 : 0;
    if (marks > FontStack::marksPerBase) continue;
    out.push_back(character);
  }
  return out;
}

}  // namespace

std::unique_ptr<FontStack> FontStack::open(StageError& error) {
  std::unique_ptr<FontStack> stack(new FontStack());
  if (FT_Init_FreeType(&stack->library_) != 0) {
    error = {"STAGE_NO_FONT", "FreeType does not start"};
    return nullptr;
  }
  stack->buffer_ = hb_buffer_create();
  bool text = false;
  for (const Candidate& candidate : candidates) {
    text |= stack->add(candidate.path, candidate.index, candidate.colour) && !candidate.colour;
  }
  if (!text) {
    std::error_code failed;
    for (std::filesystem::recursive_directory_iterator file("/usr/share/fonts", failed), end; !failed && file != end;
         file.increment(failed)) {
      const auto extension = file->path().extension();
      if (extension != ".ttf" && extension != ".otf" && extension != ".ttc") continue;
      text |= stack->add(file->path(), 0, false);
      if (stack->fonts_.size() >= 32) break;
    }
  }
  if (text) return stack;
  error = {"STAGE_NO_FONT", "no font below /usr/share/fonts"};
  return nullptr;
}

FontStack::~FontStack() {
  fonts_.clear();
  hb_buffer_destroy(buffer_);
  if (library_) FT_Done_FreeType(library_);
}

bool FontStack::add(const std::string& path, int index, bool colour) {
  auto font = std::make_unique<Font>();
  font->colour = colour;
  if (FT_New_Face(library_, path.c_str(), index, &font->face) != 0) {
    if (index == 0 || FT_New_Face(library_, path.c_str(), 0, &font->face) != 0) return false;
    index = 0;
  }
  // A colour font without bitmaps is one of a kind that FreeType does not draw by itself.
  if (colour && (font->face->num_fixed_sizes == 0 || FT_Select_Size(font->face, 0) != 0)) return false;
  // Mapped, not read: only the tables and glyphs in use take memory.
  font->blob = hb_blob_create_from_file(path.c_str());
  hb_face_t* face = hb_face_create(font->blob, static_cast<unsigned>(index));
  font->font = hb_font_create(face);
  hb_face_destroy(face);
  hb_ot_font_set_funcs(font->font);
  fonts_.push_back(std::move(font));
  return true;
}

bool FontStack::isColour(std::uint32_t font) const { return font == pictureFont || fonts_[font]->colour; }

FT_Face FontStack::face(std::uint32_t font, float sizePx) {
  Font& found = *fonts_[font];
  if (!found.colour && found.sizePx != sizePx) {
    FT_Set_Char_Size(found.face, 0, static_cast<FT_F26Dot6>(std::lround(sizePx * 64)), 72, 72);
    found.sizePx = sizePx;
  }
  return found.face;
}

std::uint32_t FontStack::fontFor(std::uint32_t character, bool asEmoji) {
  std::uint32_t fallback = static_cast<std::uint32_t>(fonts_.size());
  for (std::uint32_t i = 0; i < fonts_.size(); ++i) {
    if (FT_Get_Char_Index(fonts_[i]->face, character) == 0) continue;
    if (fonts_[i]->colour == asEmoji) return i;
    fallback = std::min(fallback, i);
  }
  return fallback < fonts_.size() ? fallback : 0;
}

ShapedText FontStack::shape(std::string_view utf8, float sizePx, float maxWidthPx) {
  const std::vector<std::uint32_t> characters = decode(utf8);
  // A mark, a joiner and what is joined stay in the font of their base: only so they form one cluster.
  std::vector<std::uint32_t> fonts(characters.size());
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const std::uint32_t c = characters[i];
    if (PictureFont::has(c)) {
      fonts[i] = pictureFont;
      continue;
    }
    const bool joined = i > 0 && fonts[i - 1] != pictureFont && (isMark(c) || c == joiner || continuesEmoji(c) || characters[i - 1] == joiner);
    const std::uint32_t next = i + 1 < characters.size() ? characters[i + 1] : 0;
    if (joined && FT_Get_Char_Index(fonts_[fonts[i - 1]]->face, c) != 0) fonts[i] = fonts[i - 1];
    else if (joined && (c == joiner || c == emojiSelector || c == textSelector)) fonts[i] = fonts[i - 1];
    else fonts[i] = fontFor(c, next == emojiSelector || (isEmojiBlock(c) && next != textSelector));
  }
  ShapedText text;
  float pen = 0;
  for (std::size_t begin = 0; begin < characters.size();) {
    std::size_t end = begin + 1;
    while (end < characters.size() && fonts[end] == fonts[begin]) ++end;
    if (fonts[begin] == pictureFont) {
      for (; begin < end; ++begin) {
        const std::uint32_t glyph = pictures_.glyphFor(characters[begin]);
        const float advance = pictures_.advancePx(glyph, sizePx);
        if (pen + advance > maxWidthPx) break;
        text.glyphs.push_back({pictureFont, glyph, pen, 0});
        pen += advance;
      }
      if (begin < end) break;
      continue;
    }
    hb_font_t* font = fonts_[fonts[begin]]->font;
    const int scale = static_cast<int>(std::lround(sizePx * 64));
    hb_font_set_scale(font, scale, scale);
    hb_buffer_clear_contents(buffer_);
    hb_buffer_add_codepoints(buffer_, characters.data(), static_cast<int>(characters.size()),
                             static_cast<unsigned>(begin), static_cast<int>(end - begin));
    hb_buffer_guess_segment_properties(buffer_);
    hb_shape(font, buffer_, nullptr, 0);
    unsigned count = 0;
    const hb_glyph_info_t* infos = hb_buffer_get_glyph_infos(buffer_, &count);
    const hb_glyph_position_t* positions = hb_buffer_get_glyph_positions(buffer_, &count);
    for (unsigned i = 0; i < count; ++i) {
      const float advance = static_cast<float>(positions[i].x_advance) / 64;
      if (pen + advance > maxWidthPx) {
        text.widthPx = pen;
        return text;
      }
      // Stacked marks must not climb into the lanes above.
      const float up = std::clamp(static_cast<float>(positions[i].y_offset) / 64, -sizePx / 2, sizePx / 2);
      text.glyphs.push_back({fonts[begin], infos[i].codepoint, pen + static_cast<float>(positions[i].x_offset) / 64, -up});
      pen += std::max(0.0F, advance);
    }
    begin = end;
  }
  text.widthPx = pen;
  return text;
}

}  // namespace feimu::stage
