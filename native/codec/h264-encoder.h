#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "codec/picture.h"

namespace feimu {

struct EncoderOptions {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t fps = 30;
  std::uint32_t kbps = 4000;
  /// At most for the first frame, an IDR; 0: one frame's share of the rate. What the first flight of a connection
  /// can carry may be less or more than that.
  std::uint32_t firstFrameBytes = 0;
  /// Slices a frame, at least 1, fewer where rows of macroblocks do not go into so many: each is a NAL unit of its own,
  /// so that a lost packet costs a part of the picture, and the first can be on its way while the last is encoded.
  std::uint32_t slices = 1;
  /// At most this many threads share a frame's slices; so few that each gets the same number of slices and four rows of
  /// macroblocks. They take the scheduling of the thread that calls open().
  std::uint32_t threads = 1;
  /// Where the picture changes altogether, send an IDR instead of a P frame of intra blocks.
  bool idrOnSceneChange = false;
};

/// A part of a coded picture, in Annex B. Parameter sets come with the first slice of an IDR.
struct EncodedSlice {
  std::vector<std::uint8_t> data{};
  bool key = false;                  // of an IDR, asked for or not
  bool first = true, last = true;    // slice of its picture
};

/// x264, tuned for latency: no delay, constrained baseline, a VBV of one frame, SPS and PPS before each IDR. No frame is
/// larger than 1.4 times the rate's share of one (1.5 with threads), where the coarsest quantiser (51) can keep it; what
/// a frame takes more, the next ones take less. Moving pictures use the rate up, still ones less.
/// One thread.
class H264Encoder {
 public:
  using SliceSink = std::function<void(EncodedSlice&&)>;
  /// Null when x264 refuses the options.
  static std::unique_ptr<H264Encoder> open(const EncoderOptions& options);
  virtual ~H264Encoder() = default;
  /// Gives each slice to `onSlice` the moment it and all before it are encoded: in order, one call at a time, all of
  /// them before this returns. With `threads` above 1 the calls come from x264's threads, which then wait for `onSlice`:
  /// it must be short and must not call the encoder. What it writes is seen by the next call and by the caller, so it
  /// may push into a ring that has one producer. False on failure, when the last slice did not come: the next picture
  /// must be a key. `picture.format` as opened.
  virtual bool encode(const PictureView& picture, bool key, const SliceSink& onSlice) = 0;
  /// The whole picture, empty on failure.
  std::vector<std::uint8_t> encode(const PictureView& picture, bool key);
  /// From the next picture on; no IDR comes of it. A lower rate is kept by the next frame, a higher one filled
  /// by the one after it.
  virtual void setRate(std::uint32_t kbps) = 0;
  /// The next frame alone, and what it holds back the one after it, is at most this large where quantiser 51 can keep
  /// it. Never more than it would have been anyway.
  virtual void capNext(std::uint32_t bytes) = 0;
};

}  // namespace feimu
