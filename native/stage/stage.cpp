#include "stage/stage.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "stage/composed-output.h"
#include "stage/compose-times.h"
#include "stage/composer.h"
#include "stage/depth-governor.h"
#include "stage/gl-context.h"
#include "stage/headless-display.h"
#include "stage/kms-display.h"
#include "stage/time-source.h"

namespace feimu::stage {

namespace {

/// A picture whose sender process has been gone for this long is no live picture any more.
constexpr std::int64_t orphanUs = 10'000'000;
constexpr std::int64_t watchEveryUs = 1'000'000;
/// Time that a frame gets beyond the usual: a late wake-up must not cost a whole refresh.
constexpr std::int64_t marginUs = 700;

class StageThread final : public Stage {
 public:
  StageThread(const StageOptions& options, std::promise<StageError> opened)
      : thread_([this, options, opened = std::move(opened)](const std::stop_token& stop) mutable {
          StageError error;
          const bool good = open(options, error);
          opened.set_value(error);
          if (good) run(stop);
          close();
        }) {}

  void addComment(CommentSpec comment) override {
    {
      const std::lock_guard lock(mutex_);
      // A flood of chats keeps out nobody else.
      if (commands_.size() >= (comment.rank == Rank::chat ? maxCommands : 2 * maxCommands)) {
        ++refused_;
        return;
      }
    }
    post([comment = std::move(comment)](StageThread& stage) mutable {
      stage.composer_->danmaku().add(std::move(comment), stage.time_.nowUs());
    });
  }
  void setCount(std::string id, std::uint32_t count) override {
    post([id = std::move(id), count](StageThread& stage) { stage.composer_->danmaku().setCount(id, count); });
  }
  void retractComment(std::string id) override {
    post([id = std::move(id)](StageThread& stage) {
      stage.composer_->danmaku().retract(id);
      stage.composer_->commentsChanged();
    });
  }
  void retractAuthor(std::string author) override {
    post([author = std::move(author)](StageThread& stage) {
      stage.composer_->danmaku().retractAuthor(author);
      stage.composer_->commentsChanged();
    });
  }
  void clearComments() override {
    post([](StageThread& stage) {
      stage.composer_->danmaku().clear();
      stage.composer_->commentsChanged();
    });
  }
  void cover(bool covered) override {
    post([covered](StageThread& stage) {
      stage.covered_ = covered;
      stage.composer_->danmaku().clear();
      stage.composer_->commentsChanged();
      stage.composer_->cover(covered);
      stage.stale_ = true;
    });
  }
  void configure(const DanmakuSettings& settings) override {
    post([settings](StageThread& stage) {
      stage.settings_ = settings;
      stage.composer_->danmaku().configure(settings, stage.time_.nowUs());
      stage.composer_->commentsChanged();
    });
  }
  void setIdle(IdleContent content) override {
    post([content = std::move(content)](StageThread& stage) mutable {
      stage.introduced_ = true;
      stage.idleContent_ = content;
      stage.composer_->idle().set(std::move(content));
      stage.composer_->underChanged();
      stage.stale_ = true;
    });
  }
  void setPicture(std::uint32_t slot, Picture picture) override {
    post([slot, picture = std::move(picture)](StageThread& stage) mutable {
      stage.fonts_->pictures().set(slot, std::move(picture));
    });
  }
  void setCards(std::vector<Card> cards) override {
    post([cards = std::move(cards)](StageThread& stage) mutable {
      stage.cards_ = cards;
      stage.composer_->cards().set(std::move(cards));
    });
  }
  void snapshot(std::function<void(StagePicture&&)> done) override {
    post([done = std::move(done)](StageThread& stage) {
      StagePicture picture{stage.display_->width(), stage.display_->height(), stage.presentedUs_, {}};
      picture.rgba = stage.readFront({0, 0, static_cast<std::int32_t>(picture.width), static_cast<std::int32_t>(picture.height)});
      done(std::move(picture));
    });
  }
  void observe(Rect rectangle, std::function<void(Presented&&)> observer) override {
    post([rectangle, observer = std::move(observer)](StageThread& stage) mutable {
      stage.observed_ = rectangle;
      stage.observer_ = std::move(observer);
    });
  }
  StageStatus status() override {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  using Command = std::function<void(StageThread&)>;

  /// While the GPU stalls, comments are refused; what takes one back is not.
  void post(Command command) {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }

  bool open(const StageOptions& options, StageError& error) {
    options_ = options;
    if (options.displayDescriptor >= 0) {
      controller_ = KmsDevice::open(options.displayDescriptor, error);
      if (!controller_) return false;
    }
    context_ = GlContext::open(error, controller_ ? controller_->gbm() : nullptr);
    if (!context_) return false;
    fonts_ = FontStack::open(error);
    if (!fonts_) return false;
    pictures_ = FrameConsumer::open(options.videoSocket, true);
    if (!pictures_) {
      error = {"STAGE_SOCKET", options.videoSocket + ": " + std::strerror(errno)};
      return false;
    }
    video_ = VideoLayer::create(error, context_->display());
    if (!video_) return false;
    openDisplay();
    if (!openLayers(error)) return false;
    warmUp();
    const std::lock_guard lock(mutex_);
    status_.renderer = context_->renderer();
    return true;
  }

  /// The display that is plugged in, else none that anybody sees, so that all else goes on.
  void openDisplay() {
    const ModeWish wish{options_.width, options_.height, options_.refreshHz};
    std::string connector;
    display_.reset();
    if (const auto route = controller_ ? controller_->route(wish) : std::nullopt) {
      StageError unused;
      display_ = KmsDisplay::open(*controller_, *route, context_->display(), unused);
      if (display_) connector = route->name;
    }
    if (!display_) display_ = std::make_unique<HeadlessDisplay>(wish.width, wish.height, wish.refreshHz, time_.nowUs());
    stale_ = true;
    // Its buffers hold nothing of ours yet.
    if (composer_) composer_->newTargets();
    const std::lock_guard lock(mutex_);
    status_.backend = display_->backend();
    status_.connector = connector;
    status_.width = display_->width();
    status_.height = display_->height();
    status_.refreshHz = display_->refreshHz();
  }

  /// What is as large as the display.
  bool openLayers(StageError& error) {
    const std::uint32_t width = display_->width();
    const std::uint32_t height = display_->height();
    composer_ = Composer::create(*fonts_, *video_, width, height, error);
    if (!composer_) return false;
    composer_->danmaku().configure(settings_, time_.nowUs());
    composer_->idle().set(idleContent_);
    composer_->cards().set(cards_);
    composer_->cover(covered_);
    if (options_.composedSocket.empty()) return true;
    composed_.reset();
    auto producer = FrameProducer::listen(options_.composedSocket);
    if (!producer) {
      error = {"STAGE_SOCKET", options_.composedSocket + ": " + std::strerror(errno)};
      return false;
    }
    composed_ = ComposedOutput::create(std::move(producer), width, height, error);
    return composed_ != nullptr;
  }

  /// Once a second: a display that was plugged in is lit, one that was pulled out is let go.
  void watchDisplay(std::int64_t nowUs, bool flipped) {
    if (!controller_ || nowUs - watchedUs_ < watchEveryUs) return;
    watchedUs_ = nowUs;
    const bool lit = std::strcmp(display_->backend(), "kms") == 0;
    const bool beats = flipped || display_->beat();
    if (controller_->plugged() == lit && beats) return;
    const std::uint32_t width = display_->width();
    const std::uint32_t height = display_->height();
    openDisplay();
    StageError error;
    if ((display_->width() != width || display_->height() != height) && !openLayers(error)) std::abort();
  }

  /// Drivers compile a shader when they first draw with it, which takes longer than a refresh: here nobody waits.
  void warmUp() {
    const std::uint32_t width = display_->width();
    const std::uint32_t height = display_->height();
    const GlTarget& target = display_->back();
    target.begin();
    const FrameFormat scaled{64, 64, 64};
    const FrameFormat exact{width, height, (width + 63) & ~63U};
    for (const FrameFormat& format : {scaled, exact}) {
      const std::vector<std::byte> black(format.sizeBytes());
      BorrowedFrame frame;
      frame.format = format;
      frame.data = black.data();
      video_->upload(frame, width, height);
      video_->draw(width, height);
    }
    video_->clear();
    DanmakuLayer& danmaku = composer_->danmaku();
    danmaku.add({"", "", "幕😀", 0xFFFFFF, Mode::top, 1}, 0);
    danmaku.advance(0);
    danmaku.draw(0);
    danmaku.clear();
    Card card;
    card.words = {"幕"};
    composer_->cards().set({card});
    for (int turn = 0; turn < 2; turn++) {
      composer_->advance(0);
      composer_->draw(target, 0);
    }
    composer_->cards().set(cards_);
    composer_->newTargets();
    glFinish();
    // The compiler of a software renderer leaves 15 MB behind.
    ::malloc_trim(0);
  }

  /// What holds GL objects goes before the context, on its thread.
  void close() {
    composed_.reset();
    pictures_.reset();
    composer_.reset();
    onePicture_ = {};
    video_.reset();
    display_.reset();
    fonts_.reset();
    context_.reset();
    controller_.reset();
  }

  /// One turn a refresh: waits for the last moment at which drawing still reaches the next tick, takes the newest
  /// picture then, draws, flips. A frame that comes later than that waits for one refresh, never for two.
  void run(const std::stop_token& stop) {
    std::int64_t litUs = 0;
    while (!stop.stop_requested()) {
      const std::int64_t needUs = times_.needUs() + marginUs;
      const std::int64_t targetUs = display_->nextTickUs(std::max(time_.nowUs() + needUs, litUs));
      time_.sleepUntil(std::max(targetUs - needUs, litUs));
      obey();
      const std::int64_t beginUs = time_.nowUs();
      if (composed_) {
        composed_->collect();
        stale_ |= composed_->poll();
      }
      // A picture that nobody sees is taken, and changes nothing.
      const bool fresh = takePicture(beginUs) && !covered_;
      if (fresh) composer_->underChanged();
      const bool changed = composer_->advance(targetUs);
      // What a stage before this one showed stays lit until there is something to show.
      const bool ready = introduced_ || video_->hasPicture();
      if (ready && (fresh || changed || stale_)) {
        stale_ = false;
        const auto shown = compose(beginUs, targetUs);
        litUs = presentedUs_ = shown.presentedUs;
        count(shown, targetUs);
      } else {
        // Without a change there is no flip; the rate that is reported falls by itself.
        litUs = targetUs;
        count({}, targetUs);
      }
      composer_->drawAhead(targetUs, 1e6 / display_->refreshHz());
      watchDisplay(beginUs, fresh || changed);
    }
  }

  void obey() {
    std::deque<Command> commands;
    {
      const std::lock_guard lock(mutex_);
      commands.swap(commands_);
    }
    for (Command& command : commands) command(*this);
  }

  bool takePicture(std::int64_t nowUs) {
    const auto frame = pictures_->take();
    if (pictures_->connected()) connectedUs_ = nowUs;
    if (frame) {
      info_ = frame->info;
      if (frame->info.ended != 0) {
        video_->clear();
      } else {
        const std::uint32_t width = display_->width();
        const std::uint32_t height = display_->height();
        if (!video_->import(*frame, width, height)) video_->upload(*frame, width, height);
        ++videoFrames_;
      }
      return true;
    }
    if (!video_->hasPicture() || nowUs - connectedUs_ < orphanUs) return false;
    video_->clear();
    return true;
  }

  Presented compose(std::int64_t beginUs, std::int64_t targetUs) {
    Drawn drawn;
    if (const GlTarget* over = display_->over()) {
      drawn = composer_->draw(display_->back(), *over, targetUs);
    } else {
      composer_->draw(display_->back(), targetUs);
    }
    glFinish();
    Presented shown;
    shown.video = info_;
    shown.composeUs = beginUs;
    shown.doneUs = time_.nowUs();
    display_->flip(shown.doneUs, drawn);
    litTargetUs_ = targetUs;
    shown.comments = static_cast<std::uint32_t>(composer_->danmaku().onScreen());
    times_.add(shown.doneUs - beginUs);
    if (composed_ && composed_->wanted()) composed_->capture(lit(), info_);
    shown.presentedUs = display_->lit();
    if (observer_) {
      shown.rgba = readFront(observed_);
      observer_(Presented(shown));
    }
    return shown;
  }

  /// What is lit, in one picture.
  const GlTarget& lit() {
    if (!display_->over()) return display_->front();
    const std::uint32_t width = display_->width();
    const std::uint32_t height = display_->height();
    if (onePicture_.texture().width() != width || onePicture_.texture().height() != height) {
      onePicture_ = GlTarget(Texels::rgba8, width, height);
    }
    composer_->draw(onePicture_, litTargetUs_);
    return onePicture_;
  }

  std::vector<std::uint8_t> readFront(const Rect& rect) {
    std::vector<std::uint8_t> rgba(static_cast<std::size_t>(rect.width) * static_cast<std::size_t>(rect.height) * 4);
    glBindFramebuffer(GL_FRAMEBUFFER, lit().framebuffer());
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(rect.x, rect.y, rect.width, rect.height, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
    return rgba;
  }

  void count(const Presented& shown, std::int64_t targetUs) {
    const std::int64_t secondUs = shown.presentedUs > 0 ? shown.presentedUs : targetUs;
    std::uint64_t missed = 0;
    if (shown.presentedUs > 0) {
      flips_.push_back(shown.presentedUs);
      ++flipCount_;
      if (shown.presentedUs > targetUs) {
        missed = static_cast<std::uint64_t>(
            static_cast<double>(shown.presentedUs - targetUs) * display_->refreshHz() / 1e6 + 0.5);
      }
    }
    missed_ += missed;
    const std::uint32_t depth = governor_.turn(missed, composer_->danmaku().onScreen() > 0);
    composer_->setDepth(settings_.depth > 0 ? settings_.depth : depth);
    while (!flips_.empty() && flips_.front() <= secondUs - 1'000'000) flips_.pop_front();
    const std::lock_guard lock(mutex_);
    status_.fps = static_cast<double>(flips_.size());
    status_.flips = flipCount_;
    status_.turns = ++turns_;
    status_.missedFlips = missed_;
    status_.depth = composer_->depth();
    status_.videoFrames = videoFrames_;
    status_.commentsOnScreen = static_cast<std::uint32_t>(composer_->danmaku().onScreen());
    status_.commentsDropped = composer_->danmaku().dropped() + refused_;
    status_.composeP95Ms = static_cast<double>(times_.p95Us()) / 1000;
    status_.idle = !video_->hasPicture();
    status_.covered = covered_;
    status_.imported = video_->hasPicture() && video_->imported();
  }

  static constexpr std::size_t maxCommands = 4096;
  std::mutex mutex_;  // guards commands_, refused_ and status_
  std::uint64_t refused_ = 0;
  std::deque<Command> commands_;
  StageStatus status_;

  // All below belong to the thread.
  StageOptions options_;
  DanmakuSettings settings_;
  IdleContent idleContent_;
  std::vector<Card> cards_;
  bool introduced_ = false;
  bool covered_ = false;
  MonotonicTime time_;
  std::unique_ptr<KmsDevice> controller_;
  std::int64_t watchedUs_ = 0;
  std::unique_ptr<GlContext> context_;
  std::unique_ptr<FontStack> fonts_;
  std::unique_ptr<Display> display_;
  std::unique_ptr<VideoLayer> video_;
  std::unique_ptr<Composer> composer_;
  DepthGovernor governor_;
  std::unique_ptr<FrameConsumer> pictures_;
  std::unique_ptr<ComposedOutput> composed_;
  GlTarget onePicture_;  // of the two planes, for those who want it in one
  std::int64_t litTargetUs_ = 0;
  ComposeTimes times_;
  FrameInfo info_;
  Rect observed_{};
  std::function<void(Presented&&)> observer_;
  bool stale_ = true;
  std::int64_t connectedUs_ = 0;
  std::int64_t presentedUs_ = 0;  // of the last flip
  std::deque<std::int64_t> flips_;
  std::uint64_t flipCount_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t videoFrames_ = 0;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace

std::unique_ptr<Stage> Stage::start(const StageOptions& options, StageError& error) {
  std::promise<StageError> opened;
  auto result = opened.get_future();
  auto stage = std::make_unique<StageThread>(options, std::move(opened));
  error = result.get();
  if (!error.code.empty()) return nullptr;
  return stage;
}

}  // namespace feimu::stage
