#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stage/admission.h"
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

/// Comments flying over the stage. All times are the display's, microseconds. The GL thread only.
class DanmakuLayer {
 public:
  static constexpr std::int64_t crossingUs = 8'000'000;
  static constexpr std::int64_t standingUs = 5'000'000;
  static constexpr std::size_t maxWaiting = Admission::maxWaiting;
  /// While others than chats come, one lane in so many, the lowest, takes no chats.
  static constexpr std::uint32_t lanesAKept = 8;
  static constexpr std::int64_t keptForUs = 60'000'000;
  static constexpr std::uint32_t glyphsPerFrame = 24;
  static constexpr std::int64_t animationUs = 33'333;  // between two frames of a moving picture, at least

  static std::unique_ptr<DanmakuLayer> create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                              StageError& error);
  /// Enters when its glyphs are resident, a lane is free and it is its rank's turn. After a second of waiting it is smaller; after
  /// two (chats) it is counted beside the same text on the stage, or dropped.
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
  [[nodiscard]] std::uint64_t dropped() const { return dropped_ + waiting_.displaced(); }
  [[nodiscard]] std::vector<Flight> flights() const;
  /// Whether it is on the stage.
  [[nodiscard]] bool shows(const std::string& id) const;

 private:
  struct Live {
    CommentSpec comment;
    std::int64_t sinceUs = 0;
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
  [[nodiscard]] std::optional<float> findLane(const Flight& flight, const Admission::Waiting& waiting, const Live* without) const;
  /// The upper edge of a lane; what was paid for may fly slower for it, or a chat whose end nobody saw yet go back into its queue.
  std::optional<float> laneFor(Flight& flight, const Admission::Waiting& waiting);
  bool enter(Admission::Waiting& waiting, std::int64_t targetUs, std::uint32_t& budget);
  void leave(std::size_t index);
  /// Share of the height that a comment of a rank may use.
  [[nodiscard]] double areaOf(Rank rank, std::int64_t nowUs) const;
  /// Counts it beside the same text on the stage; false: there is none.
  bool merge(const CommentSpec& comment);
  /// False while its glyphs are missing.
  bool renewBadge(Live& live, std::uint32_t& budget);
  FontStack& fonts_;
  std::uint32_t width_, height_;
  std::unique_ptr<GlyphAtlas> atlas_;
  std::unique_ptr<GlyphRenderer> renderer_;
  DanmakuSettings settings_;
  Admission waiting_;
  std::int64_t rankedUs_ = -keptForUs;  // when the last one came that is no chat
  std::vector<std::unique_ptr<Live>> live_;
  std::uint64_t dropped_ = 0;
  std::int64_t animatedUs_ = 0;
  bool changed_ = false;
};

}  // namespace feimu::stage
