#include "stage/stage-bench.h"

#include <time.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "stage/composer.h"
#include "stage/gl-context.h"

namespace feimu::stage {

namespace {

double millisecondsOf(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double processorMs() { return millisecondsOf(CLOCK_PROCESS_CPUTIME_ID); }

void appendUtf8(std::string& text, std::uint32_t character) {
  text += static_cast<char>(0xE0 | (character >> 12));
  text += static_cast<char>(0x80 | ((character >> 6) & 0x3F));
  text += static_cast<char>(0x80 | (character & 0x3F));
}

/// Eight characters of the 3,000 that follow U+4E00, others for each `n`.
std::string sentence(std::uint32_t n) {
  std::string text;
  for (std::uint32_t i = 0; i < 8; i++) appendUtf8(text, 0x4E00 + (n * 131 + i * 977) % 3000);
  return text;
}

/// A quiet room.
constexpr std::uint32_t fewComments = 5;
/// On the stage when a burst comes, and how long it is watched.
constexpr std::uint32_t burstCrowd = 50;
constexpr std::int64_t burstForUs = 2'000'000;

/// Keeps about the wanted number of comments in the air.
class Crowd {
 public:
  Crowd(DanmakuLayer& layer, std::uint32_t wanted) : layer_(layer), wanted_(wanted) {}
  void follow(std::int64_t us) {
    // A crowd that comes at once also leaves at once: spread over the time that one needs to cross.
    const std::uint64_t due = static_cast<std::uint64_t>(us - startUs_) * wanted_ / DanmakuLayer::crossingUs;
    for (; said_ < due; said_++) {
      layer_.add({std::to_string(said_), "", sentence(static_cast<std::uint32_t>(said_)), 0xFFFFFF, Mode::scroll, 1}, us);
    }
  }
  static constexpr std::int64_t startUs_ = 1'000'000;

 private:
  DanmakuLayer& layer_;
  std::uint32_t wanted_;
  std::uint64_t said_ = 0;
};

}  // namespace

bool measureStage(std::uint32_t width, std::uint32_t height, std::uint32_t comments, std::uint32_t frames,
                  StageCost& cost, StageError& error) {
  const auto context = GlContext::open(error);
  const auto fonts = context ? FontStack::open(error) : nullptr;
  if (!fonts) return false;
  const auto video = VideoLayer::create(error);
  if (!video) return false;
  const GlTarget target(Texels::rgba8, width, height);
  BorrowedFrame picture;
  picture.format = {width, height, (width + 63) & ~63U};
  std::vector<std::byte> bytes(picture.format.sizeBytes(), std::byte{100});
  picture.data = bytes.data();

  const auto clear = [&] {
    target.begin();
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
  };
  // Each measurement has a layer and a crowd of its own, and a crossing's time to fill the stage.
  const auto measure = [&](const std::function<void(std::uint32_t)>& under, bool danmaku) -> double {
    const auto layer = DanmakuLayer::create(*fonts, width, height, error);
    if (!layer) return -1;
    DanmakuSettings settings;
    settings.area = 1;
    settings.maxOnScreen = 1000;
    settings.fontPx = comments > 100 ? 24 : 36;
    layer->configure(settings, 0);
    Crowd crowd(*layer, comments);
    std::int64_t us = Crowd::startUs_;
    const std::uint32_t warmUp = danmaku ? static_cast<std::uint32_t>(DanmakuLayer::crossingUs * 60 / 1'000'000) : 10;
    std::uint64_t onScreen = 0;
    double begin = 0;
    for (std::uint32_t frame = 0; frame < warmUp + frames; frame++, us += 16'667) {
      if (frame == warmUp) begin = processorMs();
      if (danmaku) {
        crowd.follow(us);
        layer->advance(us);
        if (frame < warmUp && frame % 8 != 0) continue;
      }
      under(frame);
      if (danmaku) layer->draw(us);
      glFinish();
      if (frame >= warmUp) onScreen += layer->onScreen();
    }
    if (danmaku) cost.comments = static_cast<std::uint32_t>(onScreen / frames);
    return (processorMs() - begin) / frames;
  };
  const auto whole = [&](std::uint32_t frame) {
    target.begin();
    if (frame % 2 == 0) video->upload(picture, width, height);
    video->draw(width, height);
  };
  // As the stage does it, with two buffers that change places.
  struct Composed {
    double processorMs = -1;
    double criticalMs = -1;
  };
  const auto compose = [&](std::uint32_t crowdSize, std::uint32_t depth, bool still, bool parts) -> Composed {
    const auto composer = Composer::create(*fonts, *video, width, height, error);
    if (!composer) return {};
    DanmakuSettings settings;
    settings.area = 1;
    settings.maxOnScreen = 1000;
    settings.fontPx = crowdSize > 100 ? 24 : 36;
    composer->danmaku().configure(settings, 0);
    composer->setDepth(depth);
    const std::array<GlTarget, 2> targets{GlTarget(Texels::rgba8, width, height), GlTarget(Texels::rgba8, width, height)};
    Crowd crowd(composer->danmaku(), crowdSize);
    const auto warmUp = static_cast<std::uint32_t>(DanmakuLayer::crossingUs * 60 / 1'000'000);
    Composed sum{0, 0};
    std::int64_t us = Crowd::startUs_;
    for (std::uint32_t frame = 0; frame < warmUp + frames; frame++, us += 16'667) {
      const double beginProcessor = processorMs();
      crowd.follow(us);
      const double begin = millisecondsOf(CLOCK_MONOTONIC);
      if (!still && frame % 2 == 0) {
        video->upload(picture, width, height);
        composer->underChanged();
      }
      if (!parts) composer->underChanged();
      composer->advance(us);
      if (frame < warmUp && frame % 8 != 0) continue;
      composer->draw(targets.at(frame % 2), us);
      glFinish();
      const double end = millisecondsOf(CLOCK_MONOTONIC);
      composer->drawAhead(us, 16'667);
      glFinish();
      if (frame < warmUp) continue;
      sum.criticalMs += (end - begin) / frames;
      sum.processorMs += (processorMs() - beginProcessor) / frames;
    }
    return sum;
  };
  cost.clearMs = measure([&](std::uint32_t) { clear(); }, false);
  cost.danmakuMs = measure([&](std::uint32_t) { clear(); }, true) - cost.clearMs;
  cost.wholeMs = measure(whole, true);
  cost.stillWholeMs = compose(fewComments, 1, true, false).processorMs;
  cost.stillPartsMs = compose(fewComments, 1, true, true).processorMs;
  cost.atOnceMs = compose(comments, 1, false, true).criticalMs;
  cost.aheadMs = compose(comments, 2, false, true).criticalMs;
  return cost.aheadMs >= 0 && cost.clearMs >= 0 && cost.wholeMs >= 0;
}

bool measureBurst(std::uint32_t width, std::uint32_t height, std::vector<BurstComment> comments, BurstResult& result,
                  StageError& error) {
  const auto context = GlContext::open(error);
  const auto fonts = context ? FontStack::open(error) : nullptr;
  const auto layer = fonts ? DanmakuLayer::create(*fonts, width, height, error) : nullptr;
  if (!layer) return false;
  const GlTarget target(Texels::rgba8, width, height);
  constexpr std::int64_t refreshUs = 16'667;
  Crowd crowd(*layer, burstCrowd);
  std::int64_t us = Crowd::startUs_;
  for (; us < Crowd::startUs_ + DanmakuLayer::crossingUs; us += refreshUs) {
    crowd.follow(us);
    layer->advance(us);
  }
  const std::int64_t startUs = us;
  std::size_t next = 0;
  std::vector<const BurstComment*> paid;
  for (; us < startUs + burstForUs; us += refreshUs) {
    for (; next < comments.size() && startUs + comments[next].atUs <= us; next++) {
      layer->add(comments[next].spec, us);
      if (comments[next].spec.rank == Rank::paid) paid.push_back(&comments[next]);
    }
    const double begin = millisecondsOf(CLOCK_MONOTONIC);
    layer->advance(us);
    target.begin();
    layer->draw(us);
    glFinish();
    // A refresh that drawing takes longer than comes later, and so does all after it.
    const auto tookUs = static_cast<std::int64_t>((millisecondsOf(CLOCK_MONOTONIC) - begin) * 1e3);
    us += tookUs / refreshUs * refreshUs;
    std::erase_if(paid, [&](const BurstComment* comment) {
      if (!layer->shows(comment->spec.id)) return false;
      // Lit at the refresh after.
      result.paidMs.push_back(static_cast<double>(us + refreshUs - startUs) / 1e3);
      return true;
    });
  }
  for (const auto& comment : comments) {
    if (comment.spec.rank == Rank::chat && layer->shows(comment.spec.id)) ++result.chats;
  }
  result.paidMissing = static_cast<std::uint32_t>(paid.size());
  return true;
}

}  // namespace feimu::stage
