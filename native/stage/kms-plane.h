#pragma once
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "stage/gl-texture.h"
#include "stage/kms-device.h"

namespace feimu::stage {

/// An atomic commit in the making.
class KmsRequest {
 public:
  void set(std::uint32_t object, std::uint32_t property, std::uint64_t value) {
    drmModeAtomicAddProperty(request_.get(), object, property, value);
  }
  [[nodiscard]] bool commit(int descriptor, std::uint32_t flags, void* user = nullptr) {
    return drmModeAtomicCommit(descriptor, request_.get(), flags, user) == 0;
  }

 private:
  struct Free {
    void operator()(drmModeAtomicReq* request) const { drmModeAtomicFree(request); }
  };
  std::unique_ptr<drmModeAtomicReq, Free> request_{drmModeAtomicAlloc()};
};

/// A plane of the display, as large as it, with two GBM buffers to draw into. The GL thread only.
class KmsPlane {
 public:
  /// `format`: GBM_FORMAT_XRGB8888, or GBM_FORMAT_ARGB8888 (premultiplied) for one that lies over another. Null when no
  /// buffer can be drawn into and shown.
  static std::unique_ptr<KmsPlane> open(KmsDevice& device, EGLDisplay egl, const KmsPlaneRoute& route,
                                        std::uint32_t format, std::uint32_t width, std::uint32_t height);
  /// Leaves its last frame lit.
  ~KmsPlane();
  KmsPlane(const KmsPlane&) = delete;
  KmsPlane& operator=(const KmsPlane&) = delete;
  [[nodiscard]] const GlTarget& back() const { return buffers_[back_].target; }
  [[nodiscard]] const GlTarget& front() const { return buffers_[back_ ^ 1U].target; }
  /// What was drawn into the back buffer is the front one from now on.
  void turn() { back_ ^= 1U; }
  /// Puts it over the whole of the display, `above` another plane or none.
  void place(KmsRequest& request, std::uint32_t crtc, const KmsPlane* above) const;
  /// Shows the front buffer.
  void show(KmsRequest& request) const { request.set(id_, frameAt_, buffers_[back_ ^ 1U].frame); }
  [[nodiscard]] std::array<std::uint32_t, 2> frames() const { return {buffers_[0].frame, buffers_[1].frame}; }

 private:
  struct Buffer {
    gbm_bo* bo = nullptr;
    EGLImageKHR image = EGL_NO_IMAGE_KHR;
    std::uint32_t frame = 0;
    GlTarget target;
  };
  KmsPlane(KmsDevice& device, EGLDisplay egl, std::uint32_t id, std::uint32_t width, std::uint32_t height);
  bool make(Buffer& buffer, std::uint32_t format, const std::vector<std::uint64_t>& modifiers);
  KmsDevice& device_;
  EGLDisplay egl_;
  std::uint32_t id_, width_, height_;
  std::uint32_t frameAt_, crtcAt_, heightAt_;  // the last: its place in the order of planes
  std::array<std::uint32_t, 4> sourceAt_, placeAt_;  // x, y, width, height
  std::array<Buffer, 2> buffers_;
  std::uint32_t back_ = 0;
};

}  // namespace feimu::stage
