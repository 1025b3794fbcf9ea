#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "stage/glyph-renderer.h"
#include "stage/lane-allocator.h"
#include "stage/rect.h"

namespace feimu::stage {

struct DanmakuSettings {
  bool enabled = true;
  double opacity = 0.9;          // 0..1
  double area = 0.75;            // share of the height
  double speed = 1;              // 1: eight seconds across
  double fontPx = 36;            // on a stage 720 pixels high
  bool outline = true;
  std::uint32_t maxOnScreen = 300;
  std::uint32_t depth = 0;       // refreshes ahead that comments are drawn (Composer); 0: 1, or 2 after misses
};

struct CommentSpec {
  std::string id;
  std::string author;            // its id; may be empty
  std::string text;              // cleaned UTF-8
  std::uint32_t colour = 0xFFFFFF;
  Mode mode = Mode::scroll;
  double sizeScale = 1;          // times fontPx
  std::uint32_t count = 1;       // how often it was said; "×N" stands beside it from 2 on
};

/// Comments flying over the stage. All times are the display's, microseconds. The GL thread only.
class DanmakuLayer {
 public:
  static constexpr std::int64_t crossingUs = 8'000'000;
  static constexpr std::int64_t standingUs = 5'000'000;
  static constexpr std::int64_t maxWaitUs = 2'000'000;
  static constexpr std::size_t maxWaiting = 512;
  static constexpr std::uint32_t glyphsPerFrame = 24;
  static constexpr std::int64_t animationUs = 33'333;  // between two frames of a moving picture, at least

  static std::unique_ptr<DanmakuLayer> create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                              StageError& error);
  /// Enters when its glyphs are resident and a lane is free; dropped after two seconds of waiting.
  void add(CommentSpec comment, std::int64_t nowUs);
  /// It was said again: the count beside it grows.
  void setCount(const std::string& id, std::uint32_t count);
  void retract(const std::string& id);
  void retractAuthor(const std::string& author);
  void clear();
  /// Nothing on the stage jumps: flights are anchored anew where they are.
  void configure(const DanmakuSettings& settings, std::int64_t nowUs);
  /// Lets comments leave and enter for a frame shown at `targetUs`. Rasterises at most `glyphsPerFrame` glyphs.
  void advance(std::int64_t targetUs);
  void draw(std::int64_t targetUs);
  /// What draw() touches at most.
  [[nodiscard]] Rect bounds(std::int64_t targetUs) const;
  /// Whether a frame at a later time looks different although nothing was added or changed.
  [[nodiscard]] bool moving() const;
  /// True once after something appeared, vanished or changed its look.
  [[nodiscard]] bool takeChanged() { return std::exchange(changed_, false); }
  [[nodiscard]] std::size_t onScreen() const { return live_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::vector<Flight> flights() const;

 private:
  struct Waiting {
    CommentSpec comment;
    std::int64_t sinceUs;
    float sizePx = 0;
    ShapedText shaped;
  };
  struct Live {
    std::string id;
    std::string author;
    Flight flight;
    TextLine line;
    float sizePx = 0;
    std::uint32_t count = 1, shownCount = 1;
    TextLine badge;
    float badgeX = 0, badgeY = 0;                     // from the line's corner
    float left = 0, top = 0, right = 0, bottom = 0;  // of its ink, from the line's corner
  };
  DanmakuLayer(FontStack& fonts, std::uint32_t width, std::uint32_t height);
  [[nodiscard]] float sizePx(double scale) const;
  bool enter(Waiting& waiting, std::int64_t targetUs, std::uint32_t& budget);
  void leave(std::size_t index);
  /// False while its glyphs are missing.
  bool renewBadge(Live& live, std::uint32_t& budget);
  FontStack& fonts_;
  std::uint32_t width_, height_;
  std::unique_ptr<GlyphAtlas> atlas_;
  std::unique_ptr<GlyphRenderer> renderer_;
  DanmakuSettings settings_;
  std::deque<Waiting> waiting_;
  std::vector<std::unique_ptr<Live>> live_;
  std::uint64_t dropped_ = 0;
  std::int64_t animatedUs_ = 0;
  bool changed_ = false;
};

}  // namespace feimu::stage
