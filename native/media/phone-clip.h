#pragma once
#include <vector>

#include "link/packet-ring.h"

namespace feimu {

struct PhoneClip {
  std::uint32_t width = 1280, height = 720, fps = 30, kbps = 4'000, frames = 300;
  std::uint32_t noiseBlocks = 0;
};

/// The demonstration sender's pictures, each with its number in it (media/frame-code.h) and coded ahead of time, so that
/// two packetizers can be given the very same. An IDR every two seconds. Empty where x264 refuses the options.
std::vector<EncodedFrame> encodePhone(const PhoneClip& clip);

}  // namespace feimu
