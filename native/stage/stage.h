#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "frames/frame-channel.h"
#include "stage/card-layer.h"
#include "stage/danmaku-layer.h"
#include "stage/idle-screen.h"
#include "stage/stage-error.h"
#include "stage/video-layer.h"

namespace feimu::stage {

struct StageOptions {
  std::uint32_t width = 1280;
  std::uint32_t height = 720;
  double refreshHz = 60;
  int displayDescriptor = -1;  // of a display controller: width, height and rate are a wish then; -1: headless
  std::string videoSocket;     // pictures come from here
  std::string composedSocket;  // the composed stage is offered here; empty: nowhere
};

struct StageStatus {
  double fps = 0;  // flips in the last second
  std::uint64_t flips = 0;
  std::uint64_t turns = 0;  // of the thread's loop, one a refresh, also when nothing changes
  std::uint64_t missedFlips = 0;  // ticks that passed while a picture was still being drawn
  std::uint32_t depth = 1;  // refreshes before they are shown that comments are drawn
  std::uint64_t videoFrames = 0;
  std::uint32_t commentsOnScreen = 0;
  std::uint64_t commentsDropped = 0;
  double composeP95Ms = 0;
  bool idle = true;
  bool covered = false;
  bool imported = false;  // the picture is read where the decoder wrote it
  std::string renderer;
  std::string backend;    // kms, or headless, also while a controller has no display
  std::string connector;  // the display's, e.g. HDMI-A-1; empty without
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double refreshHz = 0;
};

/// The lit buffer, RGBA, upper row first.
struct StagePicture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::int64_t presentedUs = 0;  // since when it is lit
  std::vector<std::uint8_t> rgba;
};

/// One flip. Times are CLOCK_MONOTONIC, microseconds.
struct Presented {
  FrameInfo video;              // of the picture in it
  std::int64_t composeUs = 0;   // drawing began
  std::int64_t doneUs = 0;      // the GPU was done
  std::int64_t presentedUs = 0; // lit
  std::uint32_t comments = 0;   // on the stage
  std::vector<std::uint8_t> rgba;  // the rectangle asked for, of the lit buffer
};

/// The display, and the thread that owns it and the only GL context. All methods: any thread.
class Stage {
 public:
  /// Null with the reason when there is no GL, no font or no socket.
  static std::unique_ptr<Stage> start(const StageOptions& options, StageError& error);
  virtual ~Stage() = default;  // stops and joins
  virtual void addComment(CommentSpec comment) = 0;
  /// It was said so often by now.
  virtual void setCount(std::string id, std::uint32_t count) = 0;
  virtual void retractComment(std::string id) = 0;
  virtual void retractAuthor(std::string author) = 0;
  virtual void clearComments() = 0;
  /// Covered: all comments and cards go at once, and the idle screen hides the picture until it is uncovered.
  virtual void cover(bool covered) = 0;
  virtual void configure(const DanmakuSettings& settings) = 0;
  /// Before the first of these nothing is drawn, unless there is a picture.
  virtual void setIdle(IdleContent content) = 0;
  /// What a slot of PictureFont shows from now on.
  virtual void setPicture(std::uint32_t slot, Picture picture) = 0;
  /// All cards from now on.
  virtual void setCards(std::vector<Card> cards) = 0;
  /// `done` is called on the stage's thread.
  virtual void snapshot(std::function<void(StagePicture&&)> done) = 0;
  /// From now on each flip is told, with the pixels of a rectangle that lies on the stage. On the stage's thread.
  virtual void observe(Rect rectangle, std::function<void(Presented&&)> observer) = 0;
  [[nodiscard]] virtual StageStatus status() = 0;
};

}  // namespace feimu::stage
