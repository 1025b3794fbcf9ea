#pragma once
#include <memory>

#include "frames/frame-channel.h"
#include "stage/gl-program.h"
#include "stage/gl-texture.h"
#include "stage/picture-importer.h"
#include "stage/rect.h"

namespace feimu::stage {

/// The largest rectangle of the picture's aspect in the middle of the stage, even numbers.
Rect letterbox(std::uint32_t pictureWidth, std::uint32_t pictureHeight, std::uint32_t stageWidth,
               std::uint32_t stageHeight);

/// The live picture: NV12 where the decoder wrote it (PictureImporter), else copied into two textures and made RGB in
/// the shader. The GL thread only.
class VideoLayer {
 public:
  /// `egl`: where pictures may be imported; EGL_NO_DISPLAY: nowhere.
  static std::unique_ptr<VideoLayer> create(StageError& error, EGLDisplay egl = EGL_NO_DISPLAY);
  /// Takes a picture that stays as it is until the next one. False when it has no dma-buf that the GPU reads.
  bool import(const BorrowedFrame& frame, std::uint32_t stageWidth, std::uint32_t stageHeight);
  /// Copies the picture to the GPU; `frame.data` may go afterwards.
  void upload(const BorrowedFrame& frame, std::uint32_t stageWidth, std::uint32_t stageHeight);
  /// Draws the last picture and black around it into the current target. False when there is none.
  bool draw(std::uint32_t stageWidth, std::uint32_t stageHeight) const;
  /// The next draw has no picture.
  void clear() { hasPicture_ = false; }
  [[nodiscard]] bool hasPicture() const { return hasPicture_; }
  /// Whether the last picture is read where it is.
  [[nodiscard]] bool imported() const { return imported_ != 0; }

 private:
  void drawCopied() const;
  std::unique_ptr<GlProgram> program_;
  GLint scaleAt_ = -1, weightsAt_ = -1;
  std::unique_ptr<PictureImporter> importer_;
  std::unique_ptr<GlProgram> external_;
  GLuint imported_ = 0;  // a texture of the importer
  GlTexture luma_, chroma_;
  FrameFormat copied_;  // of luma_ and chroma_
  FrameFormat format_;  // of the picture
  FrameInfo info_;
  bool hasPicture_ = false;
};

}  // namespace feimu::stage
