#pragma once
#include <cstdint>

#include "media/painter.h"

namespace feimu {

/// A frame's number as a row of black and white blocks low in the picture, which a codec does not blur and comments
/// do not cover: 16 bits, the lowest first, blocks of `frameCodeBlock` pixels from `frameCodeLeft`.
inline constexpr int frameCodeBlock = 16;
inline constexpr int frameCodeLeft = 16;
inline constexpr int frameCodeBits = 16;
/// Distance of the row's upper edge from the lower edge of the picture.
inline constexpr int frameCodeFromBottom = 48;

inline void drawFrameCode(Painter& painter, std::uint64_t number) {
  for (int bit = 0; bit < frameCodeBits; bit++) {
    const std::uint8_t luma = (number >> bit & 1) != 0 ? 235 : 16;
    painter.rectangle(frameCodeLeft + bit * frameCodeBlock, painter.height() - frameCodeFromBottom, frameCodeBlock,
                      frameCodeBlock, {luma, 128, 128});
  }
}

}  // namespace feimu
