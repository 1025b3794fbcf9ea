#pragma once
#include <cstdint>

namespace feimu {

/// Sizes of the frames that H264Encoder makes of 66 s of a phone's screen with comments over it (trace/scenes.h), by
/// target: what a simulated link is fed with. Recorded at 150 to 10000 kbps, 640×360 up to 1200 kbps and 1280×720
/// above. The reel repeats. Any thread.
class FrameTrace {
 public:
  static constexpr std::uint32_t framesPerSecond = 30;
  static std::uint32_t frames();
  /// Bytes of the access unit at a target of the encoder: logarithmic between the rungs recorded, in proportion
  /// outside of them. `idr`: what an IDR in this place takes.
  static std::uint32_t bytes(std::uint64_t frameIndex, double targetBps, bool idr);
  /// Whether the picture changes altogether here.
  static bool cut(std::uint64_t frameIndex);
};

}  // namespace feimu
