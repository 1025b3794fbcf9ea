#pragma once
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stage/glyph-renderer.h"
#include "stage/panel-renderer.h"
#include "stage/rect.h"

namespace feimu::stage {

/// Something that stands on the stage for a while. Texts are cleaned UTF-8.
struct Card {
  enum class Place : std::uint8_t { lowerLeft, lowerRight, upperRight, upperCentre };
  Place place = Place::lowerLeft;
  std::uint32_t colour = 0x0B0D18;  // 0xRRGGBB of its panel; its words are white or black, whatever is read better
  std::string title;                // small, one line
  std::vector<std::string> words;   // lines break only between them; three lines at most
  double size = 1;                  // of the words
  double left = -1;                 // share of its time that is left, 0..1; below 0: it has no bar
  QrCode code;
  bool overPicture = false;         // stands only while there is a picture
};

/// Cards over everything else, the first of a place nearest to the edge. They are drawn once into a texture and copied
/// from there. The GL thread only.
class CardLayer {
 public:
  static constexpr std::uint32_t maxCards = 16;
  static constexpr std::uint32_t glyphsPerFrame = 24;
  static constexpr float opacity = 0.88F;

  static std::unique_ptr<CardLayer> create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                           StageError& error);
  /// All cards from now on, in their order. They appear when their glyphs are resident.
  void set(std::vector<Card> cards);
  /// Rasterises at most `glyphsPerFrame` glyphs, and draws the texture when another set is ready. True when the layer
  /// looks different from now on.
  bool advance(bool picture);
  /// Where the cards stand; they do not overlap.
  [[nodiscard]] const std::vector<Rect>& rects() const { return rects_; }
  /// The size of the stage, premultiplied.
  [[nodiscard]] const GlTexture& texture() const { return picture_.texture(); }

 private:
  struct LaidOut {
    Card card;
    std::uint32_t ink = 0;
    std::optional<TextLine> title;
    std::vector<TextLine> lines;
    float module = 0;  // pixels of the code
    float width = 0, height = 0;
  };
  CardLayer(FontStack& fonts, std::uint32_t width, std::uint32_t height);
  [[nodiscard]] float share(float ofHeight) const { return std::round(ofHeight * static_cast<float>(height_)); }
  bool layOutCard(const Card& card, std::uint32_t& budget, LaidOut& into);
  std::vector<std::string> broken(const Card& card, float sizePx, float maxWidth);
  void release(const LaidOut& card);
  void render(bool picture);
  void draw(const LaidOut& card, const Panel& panel);
  FontStack& fonts_;
  std::uint32_t width_, height_;
  GlTarget picture_;
  std::unique_ptr<PanelRenderer> panels_;
  std::unique_ptr<GlyphRenderer> glyphs_;
  GlyphAtlas atlas_;
  std::optional<std::vector<Card>> wanted_;
  std::vector<LaidOut> shown_;
  std::vector<Rect> rects_;
  bool pictured_ = false;
};

}  // namespace feimu::stage
