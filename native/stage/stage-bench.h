#pragma once
#include <cstdint>
#include <vector>

#include "stage/admission.h"
#include "stage/stage-error.h"

namespace feimu::stage {

/// Processor time a frame, milliseconds, of all threads (a software renderer has many).
struct StageCost {
  double clearMs = 0;    // an empty stage, drawn and waited for: the floor of the other two
  double danmakuMs = 0;  // the danmaku layer alone, beyond an empty stage
  double wholeMs = 0;    // picture uploaded and drawn, comments over it
  std::uint32_t comments = 0;  // on the stage, on average
  double stillWholeMs = 0;     // few comments over a picture that stands still, all drawn anew
  double stillPartsMs = 0;     // the same, drawn only where it changed
  /// Time from the newest picture to the GPU's end, milliseconds of the clock: what a flip waits for.
  double atOnceMs = 0;         // comments drawn with the picture
  double aheadMs = 0;          // comments drawn a refresh before
};

/// Draws `frames` frames at 60 Hz of simulated time with about `comments` comments flying, new ones with new glyphs
/// coming all the time, over a picture that changes at every second frame. False with the reason.
bool measureStage(std::uint32_t width, std::uint32_t height, std::uint32_t comments, std::uint32_t frames,
                  StageCost& cost, StageError& error);

struct BurstComment {
  CommentSpec spec;
  std::int64_t atUs = 0;  // after the burst began
};
struct BurstResult {
  std::vector<double> paidMs;     // from the burst's begin to the refresh that shows it
  std::uint32_t paidMissing = 0;  // not shown within two seconds
  std::uint32_t chats = 0;        // of the burst, on the stage then
};

/// Lets `comments` come onto a stage that has comments already, at 60 Hz; refreshes come as late as drawing here makes them.
bool measureBurst(std::uint32_t width, std::uint32_t height, std::vector<BurstComment> comments, BurstResult& result,
                  StageError& error);

}  // namespace feimu::stage
