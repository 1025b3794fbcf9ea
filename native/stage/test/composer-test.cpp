// A stage that is drawn only where it changed, and ahead of time, looks like one that is drawn whole and at once.
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "stage/composer.h"
#include "stage/depth-governor.h"
#include "stage/gl-context.h"
#include "testing/check.h"

using namespace feimu;
using namespace feimu::stage;

namespace {

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 360;
constexpr std::int64_t second = 1'000'000;
constexpr double periodUs = 1e6 / 60;

std::vector<std::uint8_t> read(const GlTarget& target) {
  std::vector<std::uint8_t> rgba(std::size_t{width} * height * 4);
  glBindFramebuffer(GL_FRAMEBUFFER, target.framebuffer());
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
  return rgba;
}

int farthest(const std::vector<std::uint8_t>& one, const std::vector<std::uint8_t>& other) {
  int most = 0;
  for (std::size_t i = 0; i < one.size(); i++) {
    if (i % 4 != 3) most = std::max(most, std::abs(one[i] - other[i]));
  }
  return most;
}

class Scene {
 public:
  Scene() : context(GlContext::open(error)), fonts(FontStack::open(error)) {
    CHECK(context && fonts);
    video = VideoLayer::create(error);
    CHECK(video);
    for (GlTarget& target : targets) target = GlTarget(Texels::rgba8, width, height);
    bytes.resize(format.sizeBytes());
  }
  std::unique_ptr<Composer> composer() {
    auto made = Composer::create(*fonts, *video, width, height, error);
    CHECK(made);
    made->idle().set({"box", "http://10.0.0.1/", "12345678", {"a line"}, {}});
    return made;
  }
  void picture(std::uint8_t luma) {
    std::fill(bytes.begin(), bytes.end(), std::byte{luma});
    BorrowedFrame frame;
    frame.format = format;
    frame.data = bytes.data();
    video->upload(frame, width, height);
  }
  /// The same, drawn whole and at once.
  std::vector<std::uint8_t> whole(Composer& composer, std::int64_t us) {
    const GlTarget& target = targets[2];
    target.begin();
    if (!video->draw(width, height)) composer.idle().draw(target);
    composer.danmaku().draw(us);
    glDisable(GL_SCISSOR_TEST);
    if (!composer.cards().rects().empty()) {
      // The layer is empty where no card is.
      const auto copy = GlProgram::link(fullScreenVertex, R"(
uniform sampler2D layer;
out vec4 colour;
void main() { colour = texelFetch(layer, ivec2(gl_FragCoord.xy), 0); })", error);
      copy->use();
      composer.cards().texture().bind(0);
      glEnable(GL_BLEND);
      glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
      glDrawArrays(GL_TRIANGLES, 0, 3);
    }
    return read(target);
  }
  StageError error;
  std::unique_ptr<GlContext> context;
  std::unique_ptr<FontStack> fonts;
  std::unique_ptr<VideoLayer> video;
  std::array<GlTarget, 3> targets;  // two that change places, and one for comparison
  FrameFormat format{320, 180, 320};
  std::vector<std::byte> bytes;
};

void whatIsDrawnInPartsLooksWhole(Scene& scene) {
  const auto composer = scene.composer();
  std::int64_t us = 10 * second;
  double least = 1;
  for (int turn = 0; turn < 400; turn++, us += static_cast<std::int64_t>(periodUs)) {
    const auto say = [&](const std::string& text, Mode mode) {
      composer->danmaku().add({std::to_string(turn), "", text, 0xFFFFFF, mode, 1}, us);
    };
    if (turn % 7 == 0) say("飞幕 flying", turn % 3 ? Mode::scroll : Mode::reverse);
    if (turn % 50 == 10) say("顶部", Mode::top);
    if (turn % 60 == 20) composer->danmaku().retract(std::to_string(turn - turn % 7));
    if (turn == 150) composer->danmaku().clear();
    if (turn > 200 && turn % 5 == 0) {
      scene.picture(static_cast<std::uint8_t>(turn));
      composer->underChanged();
    }
    if (turn == 120 || turn == 130) {
      Card code;
      code.place = Card::Place::lowerRight;
      code.title = "扫码发弹幕";
      code.code = {21, std::vector<std::uint8_t>(21 * 21, 1)};
      code.overPicture = true;
      Card paid;
      paid.colour = 0x2A60B2;
      paid.title = "ada · 30 CNY";
      paid.words = {"恭喜", "，", "very ", "good"};
      paid.left = turn == 120 ? 1 : 0.5;
      composer->cards().set({code, paid});
    }
    if (turn == 250) composer->cards().set({});
    if (turn == 300) {
      composer->idle().set({"other", "", "87654321", {}, {}});
      composer->underChanged();
    }
    composer->advance(us);
    const GlTarget& target = scene.targets.at(static_cast<std::size_t>(turn % 2));
    composer->draw(target, us);
    least = std::min(least, composer->touched());
    CHECK(read(target) == scene.whole(*composer, us));
  }
  CHECK(least < 0.5);
  // Nothing changes: nothing is drawn.
  composer->danmaku().clear();
  for (int turn = 0; turn < 3; turn++) {
    composer->advance(us);
    composer->draw(scene.targets.at(static_cast<std::size_t>(turn % 2)), us);
  }
  CHECK(composer->touched() == 0);
}

void whatIsDrawnAheadLooksTheSame(Scene& scene) {
  for (std::uint32_t depth = 2; depth <= Composer::maxDepth; depth++) {
    const auto composer = scene.composer();
    composer->setDepth(depth);
    std::int64_t us = 10 * second;
    std::uint64_t seen = 0;
    for (int turn = 0; turn < 120; turn++, us += static_cast<std::int64_t>(periodUs)) {
      if (turn % 7 == 0) {
        composer->danmaku().add({std::to_string(turn), "", "飞幕 flying", 0xFF8000, Mode::scroll, 1}, us);
      }
      if (turn % 2 == 0) {
        scene.picture(static_cast<std::uint8_t>(40 + turn));
        composer->underChanged();
      }
      composer->advance(us);
      const GlTarget& target = scene.targets.at(static_cast<std::size_t>(turn % 2));
      composer->draw(target, us);
      // Rounded once more than what is drawn at once.
      CHECK(farthest(read(target), scene.whole(*composer, us)) <= 2);
      composer->drawAhead(us, periodUs);
      seen += composer->danmaku().onScreen();
    }
    CHECK(seen > 100);
    // What is taken back is not shown because it was drawn before.
    composer->danmaku().clear();
    composer->commentsChanged();
    CHECK(composer->advance(us));
    composer->draw(scene.targets[0], us);
    CHECK(farthest(read(scene.targets[0]), scene.whole(*composer, us)) <= 2);
    CHECK(composer->danmaku().onScreen() == 0);
  }
}

void whatAMissedRefreshHadIsShownLater(Scene& scene) {
  const auto composer = scene.composer();
  composer->setDepth(2);
  std::int64_t us = 10 * second;
  const auto period = static_cast<std::int64_t>(periodUs);
  composer->advance(us);
  composer->draw(scene.targets[0], us);
  composer->danmaku().add({"1", "", "顶部", 0xFFFFFF, Mode::top, 1}, us);
  // It stands in the layer of the next refresh, which is missed; in the one after that nothing is new.
  composer->drawAhead(us, periodUs);
  us += 2 * period;
  CHECK(composer->advance(us));
  composer->draw(scene.targets[1], us);
  composer->drawAhead(us, periodUs);
  CHECK(!composer->advance(us + period));
}

/// Two planes put over each other, as a display controller does it.
void twoPlanesLookLikeOne(Scene& scene) {
  for (const std::uint32_t depth : {1U, 3U}) {
    scene.video->clear();
    const auto composer = scene.composer();
    composer->setDepth(depth);
    const std::array<GlTarget, 2> over{GlTarget(Texels::rgba8, width, height), GlTarget(Texels::rgba8, width, height)};
    std::size_t underAt = 0;
    std::size_t overAt = 0;
    int underDrawn = 0;
    std::int64_t us = 10 * second;
    for (int turn = 0; turn < 120; turn++, us += static_cast<std::int64_t>(periodUs)) {
      if (turn % 7 == 0) composer->danmaku().add({std::to_string(turn), "", "飞幕 flying", 0xFF8000, Mode::scroll, 1}, us);
      if (turn > 30 && turn % 3 == 0) {
        scene.picture(static_cast<std::uint8_t>(40 + turn));
        composer->underChanged();
      }
      composer->advance(us);
      const Drawn drawn = composer->draw(scene.targets.at(underAt), over.at(overAt), us);
      const auto under = read(scene.targets.at(drawn.under ? underAt : underAt ^ 1U));
      auto shown = read(over.at(drawn.over ? overAt : overAt ^ 1U));
      for (std::size_t i = 0; i < shown.size(); i++) {
        const int alpha = shown[i | 3U];
        shown[i] = static_cast<std::uint8_t>(std::min(255, shown[i] + (under[i] * (255 - alpha) + 127) / 255));
      }
      CHECK(farthest(shown, scene.whole(*composer, us)) <= 3);
      composer->drawAhead(us, periodUs);
      underDrawn += drawn.under ? 1 : 0;
      underAt ^= drawn.under ? 1U : 0U;
      overAt ^= drawn.over ? 1U : 0U;
    }
    // Comments that move cost the picture nothing.
    CHECK(underDrawn == 1 + 29);
  }
}

void depthFollowsMisses() {
  DepthGovernor governor;
  for (int turn = 0; turn < 1000; turn++) CHECK(governor.turn(0, true) == 1);
  // Without comments they are not the cause.
  for (int turn = 0; turn < 100; turn++) CHECK(governor.turn(1, false) == 1);
  governor.turn(1, true);
  governor.turn(2, true);
  CHECK(governor.turn(0, true) == 2);
  for (int turn = 0; turn < 1000; turn++) CHECK(governor.turn(0, true) == 2);
  for (int turn = 0; turn < 1000; turn++) governor.turn(0, true);
  CHECK(governor.turn(0, true) == 1);
}

}  // namespace

int main() {
  Scene scene;
  whatIsDrawnInPartsLooksWhole(scene);
  whatIsDrawnAheadLooksTheSame(scene);
  whatAMissedRefreshHadIsShownLater(scene);
  twoPlanesLookLikeOne(scene);
  depthFollowsMisses();
}
