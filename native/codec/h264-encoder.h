#pragma once
#include <memory>
#include <vector>

#include "codec/picture.h"

namespace feimu {

struct EncoderOptions {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t fps = 30;
  std::uint32_t kbps = 4000;
};

/// x264 by libavcodec, tuned for latency: no delay, constrained baseline, a VBV of one frame, SPS and PPS before
/// each IDR. One thread.
class H264Encoder {
 public:
  /// Null when libavcodec has no x264 or refuses the options.
  static std::unique_ptr<H264Encoder> open(const EncoderOptions& options);
  virtual ~H264Encoder() = default;
  /// Annex B of this picture, empty on failure. `picture.format` as opened.
  virtual std::vector<std::uint8_t> encode(const PictureView& picture, bool key) = 0;
};

}  // namespace feimu
