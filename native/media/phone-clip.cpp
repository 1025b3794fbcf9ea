#include "media/phone-clip.h"

#include "codec/h264-encoder.h"
#include "media/frame-code.h"
#include "media/painter.h"

namespace feimu {

std::vector<EncodedFrame> encodePhone(const PhoneClip& clip) {
  std::vector<EncodedFrame> coded;
  const auto encoder = H264Encoder::open({.width = clip.width, .height = clip.height, .fps = clip.fps, .kbps = clip.kbps});
  if (!encoder) return coded;
  Painter painter(clip.width, clip.height);
  for (std::uint32_t frame = 0; frame < clip.frames; frame++) {
    paintPhone(painter, frame);
    paintNoise(painter, frame, clip.noiseBlocks);
    drawFrameCode(painter, frame);
    const bool key = frame % (clip.fps * 2) == 0;
    coded.push_back({.data = encoder->encode(painter.view(), key), .key = key});
  }
  return coded;
}

}  // namespace feimu
