#include "stage/gl-context.h"

#include <EGL/eglext.h>
#include <GLES3/gl3.h>

namespace feimu::stage {

std::unique_ptr<GlContext> GlContext::open(StageError& error, gbm_device* gbm) {
  const auto fail = [&error](const char* what) {
    char code[16];
    std::snprintf(code, sizeof code, "0x%x", static_cast<unsigned>(eglGetError()));
    error = {"STAGE_NO_GL", std::string(what) + " failed with EGL error " + code};
    return nullptr;
  };
  const EGLDisplay display = gbm ? eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, nullptr)
                                 : eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
  if (display == EGL_NO_DISPLAY) return fail("eglGetPlatformDisplay");
  if (!eglInitialize(display, nullptr, nullptr)) return fail("eglInitialize");
  if (!eglBindAPI(EGL_OPENGL_ES_API)) return fail("eglBindAPI");
  const EGLint wanted[] = {EGL_SURFACE_TYPE, 0, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (!eglChooseConfig(display, wanted, &config, 1, &count) || count == 0) return fail("eglChooseConfig");
  const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE};
  const EGLContext context = eglCreateContext(display, config, EGL_NO_CONTEXT, version);
  if (context == EGL_NO_CONTEXT) return fail("eglCreateContext");
  std::unique_ptr<GlContext> made(new GlContext(display, context));
  if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context)) return fail("eglMakeCurrent");
  if (const auto* name = glGetString(GL_RENDERER)) made->renderer_ = reinterpret_cast<const char*>(name);
  return made;
}

GlContext::~GlContext() {
  eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroyContext(display_, context_);
  // The display is shared by all contexts of the process and is left initialised; the thread's state is not.
  eglReleaseThread();
}

}  // namespace feimu::stage
