#pragma once
#include <memory>

#include "frames/frame-channel.h"
#include "stage/gl-program.h"
#include "stage/gl-texture.h"

namespace feimu::stage {

/// Where a picture lies on the stage, pixels.
struct Rect {
  std::int32_t x, y, width, height;
  bool operator==(const Rect&) const = default;
};

/// The largest rectangle of the picture's aspect in the middle of the stage, even numbers.
Rect letterbox(std::uint32_t pictureWidth, std::uint32_t pictureHeight, std::uint32_t stageWidth,
               std::uint32_t stageHeight);

/// The live picture: NV12 in two textures, made RGB in the shader. The GL thread only.
class VideoLayer {
 public:
  static std::unique_ptr<VideoLayer> create(StageError& error);
  /// Copies the picture to the GPU; `frame.data` may go afterwards.
  void upload(const BorrowedFrame& frame, std::uint32_t stageWidth, std::uint32_t stageHeight);
  /// Draws the last picture and black around it into the current target. False when there is none.
  bool draw(std::uint32_t stageWidth, std::uint32_t stageHeight) const;
  /// The next draw has no picture.
  void clear() { hasPicture_ = false; }
  [[nodiscard]] bool hasPicture() const { return hasPicture_; }

 private:
  std::unique_ptr<GlProgram> program_;
  GLint scaleAt_ = -1, weightsAt_ = -1;
  GlTexture luma_, chroma_;
  FrameFormat format_;
  FrameInfo info_;
  bool hasPicture_ = false;
};

}  // namespace feimu::stage
