#pragma once
#include <EGL/egl.h>

#include <memory>
#include <string>

#include "stage/stage-error.h"

struct gbm_device;

namespace feimu::stage {

/// An OpenGL ES 3 context without a surface, current on the thread that opened it. Only that thread may use it.
class GlContext {
 public:
  /// Null with STAGE_NO_GL when this machine has no EGL that can do it. `gbm`: on that device, to share its buffers.
  static std::unique_ptr<GlContext> open(StageError& error, gbm_device* gbm = nullptr);
  ~GlContext();
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;
  [[nodiscard]] EGLDisplay display() const { return display_; }
  [[nodiscard]] const std::string& renderer() const { return renderer_; }

 private:
  GlContext(EGLDisplay display, EGLContext context) : display_(display), context_(context) {}
  EGLDisplay display_;
  EGLContext context_;
  std::string renderer_;
};

}  // namespace feimu::stage
