#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "stage/card-layer.h"
#include "stage/danmaku-layer.h"
#include "stage/display.h"
#include "stage/gl-program.h"
#include "stage/idle-screen.h"
#include "stage/video-layer.h"

namespace feimu::stage {

/// A picture of the stage: what lies under the comments, the comments over it, the cards over both. Draws only where a target differs from
/// what it held, and the comments, if asked to, some refreshes before they are shown. The GL thread only.
class Composer {
 public:
  static constexpr std::uint32_t maxDepth = 6;

  static std::unique_ptr<Composer> create(FontStack& fonts, VideoLayer& video, std::uint32_t width, std::uint32_t height,
                                          StageError& error);
  [[nodiscard]] DanmakuLayer& danmaku() { return *danmaku_; }
  [[nodiscard]] IdleScreen& idle() { return *idle_; }
  [[nodiscard]] CardLayer& cards() { return *cards_; }
  /// What lies under the comments is another picture from now on.
  void underChanged() { ++under_; }
  /// Covered: the idle screen lies under the comments, whatever picture there is.
  void cover(bool covered) {
    covered_ = covered;
    underChanged();
  }
  /// The targets are others from now on; what they hold is not known.
  void newTargets() {
    held_.clear();
    underChanged();
  }
  /// Comments were taken back or look different: what was drawn ahead is void.
  void commentsChanged();
  /// Refreshes before it is shown that the layer of comments is drawn; 1: together with the picture, 2 to maxDepth: in
  /// the pauses before, so that a crowd of comments costs no flip. The picture itself is never older for it.
  void setDepth(std::uint32_t depth);
  [[nodiscard]] std::uint32_t depth() const { return depth_; }
  /// Lets comments leave and enter for a frame shown at `targetUs`. True when it looks different from the one before.
  bool advance(std::int64_t targetUs);
  /// Draws the frame shown at `targetUs`. Without comments and changes nothing is drawn.
  void draw(const GlTarget& target, std::int64_t targetUs);
  /// The same on two planes: what lies under the comments into `under`; comments and cards, premultiplied, into `over`.
  Drawn draw(const GlTarget& under, const GlTarget& over, std::int64_t targetUs);
  /// Draws the layers of the refreshes after `targetUs` that have none yet.
  void drawAhead(std::int64_t targetUs, double periodUs);
  /// Share of the stage's pixels that the last draw() touched, 0..1.
  [[nodiscard]] double touched() const { return touched_; }

 private:
  /// A layer of comments, premultiplied, for one refresh.
  struct Layer {
    GlTarget target;
    std::int64_t targetUs = 0;  // 0: none
    Rect bounds{};              // of what is in it
    bool changed = false;       // against the refresh before; false once it was drawn
  };
  /// What a target holds.
  struct Held {
    std::uint64_t under = 0;
    std::uint64_t cards = 0;
    Rect comments{};
  };
  Composer(VideoLayer& video, std::uint32_t width, std::uint32_t height) : video_(video), width_(width), height_(height) {}
  Layer* layerFor(std::int64_t targetUs);
  void drawUnder(const GlTarget& target);
  void drawComments(const Layer* layer, std::int64_t targetUs);
  /// What of the cards lies in `damage`.
  void drawCards(const Rect& damage);
  void copy(const GlTexture& texture, const Rect& rect);
  [[nodiscard]] Rect whole() const {
    return {0, 0, static_cast<std::int32_t>(width_), static_cast<std::int32_t>(height_)};
  }
  VideoLayer& video_;
  std::uint32_t width_, height_;
  std::unique_ptr<DanmakuLayer> danmaku_;
  std::unique_ptr<IdleScreen> idle_;
  std::unique_ptr<CardLayer> cards_;
  std::unique_ptr<GlProgram> copy_;
  std::map<GLuint, Held> held_;  // by framebuffer
  std::vector<Layer> layers_;
  bool covered_ = false;
  std::uint64_t under_ = 1;
  std::uint64_t cardsShown_ = 1;
  std::uint64_t litUnder_ = 0;  // of the plane under the comments
  std::uint32_t depth_ = 1;
  double halfPeriodUs_ = 0;
  double touched_ = 0;
};

}  // namespace feimu::stage
