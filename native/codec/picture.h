#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "frames/frame-channel.h"

namespace feimu {

/// A picture in NV12 that someone else owns, laid out as `format` says.
struct PictureView {
  FrameFormat format;
  std::span<const std::byte> data;
  bool fullRange = false;
  bool bt709 = true;
};

/// The layout that this project uses for a size: rows padded to 64 bytes, odd sizes cut to even ones.
inline FrameFormat formatOf(std::uint32_t width, std::uint32_t height) {
  return {width & ~1U, height & ~1U, (width + 63) & ~63U};
}

}  // namespace feimu
