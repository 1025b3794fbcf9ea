#include "stage/picture-importer.h"

#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>

#include <cstring>

namespace feimu::stage {

namespace {

template <typename Function>
Function procedure(const char* name) {
  return reinterpret_cast<Function>(eglGetProcAddress(name));
}

bool named(const char* list, const char* name) { return list && std::strstr(list, name); }

}  // namespace

std::unique_ptr<PictureImporter> PictureImporter::create(EGLDisplay egl) {
  if (!named(eglQueryString(egl, EGL_EXTENSIONS), "EGL_EXT_image_dma_buf_import") ||
      !named(reinterpret_cast<const char*>(glGetString(GL_EXTENSIONS)), "GL_OES_EGL_image_external_essl3")) {
    return nullptr;
  }
  return std::unique_ptr<PictureImporter>(new PictureImporter(egl));
}

GLuint PictureImporter::texture(const BorrowedFrame& frame, GLint filter) {
  if (frame.dmaBuf < 0 || frame.buffer >= imported_.size()) return 0;
  if (frame.pool != pool_) {
    forget();
    pool_ = frame.pool;
    refused_ = false;
  }
  if (refused_) return 0;
  Imported& imported = imported_.at(frame.buffer);
  if (imported.texture == 0 || imported.bt709 != frame.info.bt709 || imported.fullRange != frame.info.fullRange) {
    release(imported);
    if (!import(frame, imported)) {
      refused_ = true;
      return 0;
    }
  }
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_EXTERNAL_OES, imported.texture);
  glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_MAG_FILTER, filter);
  return imported.texture;
}

bool PictureImporter::import(const BorrowedFrame& frame, Imported& into) {
  static const auto createImage = procedure<PFNEGLCREATEIMAGEKHRPROC>("eglCreateImageKHR");
  static const auto bindImage = procedure<PFNGLEGLIMAGETARGETTEXTURE2DOESPROC>("glEGLImageTargetTexture2DOES");
  if (!createImage || !bindImage) return false;
  const FrameFormat& format = frame.format;
  const auto number = [](std::uint32_t value) { return static_cast<EGLint>(value); };
  const std::array<EGLint, 23> attributes{
      EGL_WIDTH, number(format.width), EGL_HEIGHT, number(format.height), EGL_LINUX_DRM_FOURCC_EXT, number(DRM_FORMAT_NV12),
      EGL_DMA_BUF_PLANE0_FD_EXT, frame.dmaBuf, EGL_DMA_BUF_PLANE0_OFFSET_EXT, 0, EGL_DMA_BUF_PLANE0_PITCH_EXT,
      number(format.stride), EGL_DMA_BUF_PLANE1_FD_EXT, frame.dmaBuf, EGL_DMA_BUF_PLANE1_OFFSET_EXT,
      number(format.stride * format.height), EGL_DMA_BUF_PLANE1_PITCH_EXT, number(format.stride),
      EGL_YUV_COLOR_SPACE_HINT_EXT, frame.info.bt709 != 0 ? EGL_ITU_REC709_EXT : EGL_ITU_REC601_EXT,
      EGL_SAMPLE_RANGE_HINT_EXT, frame.info.fullRange != 0 ? EGL_YUV_FULL_RANGE_EXT : EGL_YUV_NARROW_RANGE_EXT, EGL_NONE};
  into.image = createImage(egl_, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, nullptr, attributes.data());
  if (into.image == EGL_NO_IMAGE_KHR) return false;
  glGenTextures(1, &into.texture);
  glBindTexture(GL_TEXTURE_EXTERNAL_OES, into.texture);
  bindImage(GL_TEXTURE_EXTERNAL_OES, into.image);
  into.bt709 = frame.info.bt709;
  into.fullRange = frame.info.fullRange;
  return glGetError() == GL_NO_ERROR;
}

void PictureImporter::release(Imported& imported) {
  static const auto destroyImage = procedure<PFNEGLDESTROYIMAGEKHRPROC>("eglDestroyImageKHR");
  glDeleteTextures(1, &imported.texture);
  if (imported.image != EGL_NO_IMAGE_KHR) destroyImage(egl_, imported.image);
  imported = {};
}

void PictureImporter::forget() {
  for (Imported& imported : imported_) release(imported);
}

}  // namespace feimu::stage
