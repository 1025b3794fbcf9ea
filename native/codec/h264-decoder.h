#pragma once
#include <functional>
#include <memory>

#include "codec/picture.h"

namespace feimu {

/// H.264 by libavcodec in software: one access unit in, its picture out at once. One thread.
class H264Decoder {
 public:
  using Sink = std::function<void(const PictureView&)>;  // valid during the call
  /// Null when this libavcodec has no H.264 decoder.
  static std::unique_ptr<H264Decoder> open();
  virtual ~H264Decoder() = default;
  /// Annex B. False for an access unit that is damaged: the next one that can be shown is an IDR; and for a picture
  /// that no FrameFormat is for.
  virtual bool decode(std::span<const std::uint8_t> accessUnit, const Sink& sink) = 0;
};

}  // namespace feimu
