#pragma once
#include <memory>
#include <string>
#include <vector>

#include "stage/glyph-renderer.h"
#include "stage/rect.h"

namespace feimu::stage {

/// What stands on the display when no source has a picture. Texts are cleaned UTF-8.
struct IdleContent {
  std::string name;
  std::string address;
  std::string pin;                     // empty: none
  std::vector<std::string> lines;      // state of rooms and sources, at most six are shown
  std::uint32_t qrSize = 0;            // modules a side, 0: none
  std::vector<std::uint8_t> qrModules; // qrSize * qrSize, 1 is dark
};

/// The idle screen, drawn once into a texture when its content changes. The GL thread only.
class IdleScreen {
 public:
  static std::unique_ptr<IdleScreen> create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                            StageError& error);
  void set(IdleContent content) {
    content_ = std::move(content);
    stale_ = true;
    pinAtlas_.reset();
  }
  /// Copies the screen into `target`, drawing it first when its content changed.
  void draw(const GlTarget& target);
  /// The PIN on a card in the upper right corner of the current target, for when a picture is there. Nothing without
  /// a PIN.
  void drawPin();
  /// Where drawPin() draws; empty without a PIN.
  [[nodiscard]] Rect pinBounds();

 private:
  struct Placed {
    float x, y, width, height;
  };
  IdleScreen(FontStack& fonts, std::uint32_t width, std::uint32_t height);
  void render();
  void layOutPin();
  void panel(const Placed& box, float radius, std::uint32_t rgb, float alpha) const;
  float text(GlyphAtlas& atlas, const std::string& words, float sizePx, std::uint32_t colour, float x, float y,
             float maxWidth);
  FontStack& fonts_;
  std::uint32_t width_, height_;
  GlTarget picture_;
  std::unique_ptr<GlProgram> background_, panel_;
  GLint stageAt_ = -1, boxAt_ = -1, tintAt_ = -1, radiusAt_ = -1;
  std::unique_ptr<GlyphRenderer> glyphs_;
  IdleContent content_;
  std::unique_ptr<GlyphAtlas> pinAtlas_;
  TextLine pinTitle_, pinDigits_;
  Placed pinCard_{};
  bool stale_ = true;
};

}  // namespace feimu::stage
