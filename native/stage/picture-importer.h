#pragma once
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include <array>
#include <cstdint>
#include <memory>

#include "frames/frame-channel.h"

namespace feimu::stage {

/// Pictures that the GPU reads where the decoder wrote them: a dma-buf as an EGL image, as an external texture
/// (EGL_EXT_image_dma_buf_import, OES_EGL_image_external_essl3). The GL thread only.
class PictureImporter {
 public:
  /// Null where EGL or GL cannot.
  static std::unique_ptr<PictureImporter> create(EGLDisplay egl);
  ~PictureImporter() { forget(); }
  PictureImporter(const PictureImporter&) = delete;
  PictureImporter& operator=(const PictureImporter&) = delete;
  /// A GL_TEXTURE_EXTERNAL_OES that reads the frame as RGB, valid until the next call. 0 where the frame has no
  /// dma-buf, or the driver does not take it.
  GLuint texture(const BorrowedFrame& frame, GLint filter);

 private:
  struct Imported {
    EGLImageKHR image = EGL_NO_IMAGE_KHR;
    GLuint texture = 0;
    std::uint8_t bt709 = 0, fullRange = 0;
  };
  explicit PictureImporter(EGLDisplay egl) : egl_(egl) {}
  bool import(const BorrowedFrame& frame, Imported& into);
  void release(Imported& imported);
  void forget();
  EGLDisplay egl_;
  std::uint64_t pool_ = 0;
  bool refused_ = false;  // by the driver, for this pool
  std::array<Imported, 3> imported_;  // by buffer of the pool
};

}  // namespace feimu::stage
