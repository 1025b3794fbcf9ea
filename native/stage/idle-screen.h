#pragma once
#include <memory>
#include <string>
#include <vector>

#include "stage/glyph-renderer.h"
#include "stage/panel-renderer.h"

namespace feimu::stage {

/// What stands on the display when no source has a picture. Texts are cleaned UTF-8.
struct IdleContent {
  std::string name;
  std::string address;
  std::string pin;                     // empty: none
  std::vector<std::string> lines;      // state of rooms and sources, at most six are shown
  QrCode code;
};

/// The idle screen, drawn once into a texture when its content changes. The GL thread only.
class IdleScreen {
 public:
  static std::unique_ptr<IdleScreen> create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                            StageError& error);
  void set(IdleContent content) {
    content_ = std::move(content);
    stale_ = true;
  }
  /// Copies the screen into `target`, drawing it first when its content changed.
  void draw(const GlTarget& target);

 private:
  IdleScreen(FontStack& fonts, std::uint32_t width, std::uint32_t height);
  void render();
  float text(GlyphAtlas& atlas, const std::string& words, float sizePx, std::uint32_t colour, float x, float y,
             float maxWidth);
  FontStack& fonts_;
  std::uint32_t width_, height_;
  GlTarget picture_;
  std::unique_ptr<GlProgram> background_;
  std::unique_ptr<PanelRenderer> panels_;
  std::unique_ptr<GlyphRenderer> glyphs_;
  IdleContent content_;
  bool stale_ = true;
};

}  // namespace feimu::stage
