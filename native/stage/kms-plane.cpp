#include "stage/kms-plane.h"

#include <GLES2/gl2ext.h>

namespace feimu::stage {

std::unique_ptr<KmsPlane> KmsPlane::open(KmsDevice& device, EGLDisplay egl, const KmsPlaneRoute& route,
                                         std::uint32_t format, std::uint32_t width, std::uint32_t height) {
  std::unique_ptr<KmsPlane> made(new KmsPlane(device, egl, route.plane, width, height));
  for (Buffer& buffer : made->buffers_) {
    if (!made->make(buffer, format, route.modifiers)) return nullptr;
  }
  return made;
}

KmsPlane::KmsPlane(KmsDevice& device, EGLDisplay egl, std::uint32_t id, std::uint32_t width, std::uint32_t height)
    : device_(device), egl_(egl), id_(id), width_(width), height_(height) {
  const auto at = [&](const char* name) { return device.property(id, DRM_MODE_OBJECT_PLANE, name); };
  frameAt_ = at("FB_ID");
  crtcAt_ = at("CRTC_ID");
  heightAt_ = at("zpos");
  sourceAt_ = {at("SRC_X"), at("SRC_Y"), at("SRC_W"), at("SRC_H")};
  placeAt_ = {at("CRTC_X"), at("CRTC_Y"), at("CRTC_W"), at("CRTC_H")};
}

bool KmsPlane::make(Buffer& buffer, std::uint32_t format, const std::vector<std::uint64_t>& modifiers) {
  const std::uint32_t usage = GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING;
  if (!modifiers.empty()) {
    buffer.bo = gbm_bo_create_with_modifiers2(device_.gbm(), width_, height_, format, modifiers.data(),
                                              static_cast<unsigned>(modifiers.size()), usage);
  }
  const bool explicitModifier = buffer.bo != nullptr;
  if (!buffer.bo) buffer.bo = gbm_bo_create(device_.gbm(), width_, height_, format, usage);
  if (!buffer.bo) return false;

  std::array<std::uint32_t, 4> handles{}, strides{}, offsets{};
  std::array<std::uint64_t, 4> used{};
  for (int i = 0; i < gbm_bo_get_plane_count(buffer.bo); ++i) {
    const auto at = static_cast<std::size_t>(i);
    handles[at] = gbm_bo_get_handle_for_plane(buffer.bo, i).u32;
    strides[at] = gbm_bo_get_stride_for_plane(buffer.bo, i);
    offsets[at] = gbm_bo_get_offset(buffer.bo, i);
    used[at] = gbm_bo_get_modifier(buffer.bo);
  }
  if (drmModeAddFB2WithModifiers(device_.descriptor(), width_, height_, format, handles.data(), strides.data(), offsets.data(),
                                 explicitModifier ? used.data() : nullptr, &buffer.frame,
                                 explicitModifier ? DRM_MODE_FB_MODIFIERS : 0) != 0) {
    return false;
  }

  const auto createImage = reinterpret_cast<PFNEGLCREATEIMAGEKHRPROC>(eglGetProcAddress("eglCreateImageKHR"));
  const auto bindImage =
      reinterpret_cast<PFNGLEGLIMAGETARGETTEXTURE2DOESPROC>(eglGetProcAddress("glEGLImageTargetTexture2DOES"));
  if (!createImage || !bindImage) return false;
  buffer.image = createImage(egl_, EGL_NO_CONTEXT, EGL_NATIVE_PIXMAP_KHR, reinterpret_cast<EGLClientBuffer>(buffer.bo), nullptr);
  if (buffer.image == EGL_NO_IMAGE_KHR) return false;
  buffer.target = GlTarget(GlTexture::borrow(width_, height_, [&] { bindImage(GL_TEXTURE_2D, buffer.image); }));
  return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

KmsPlane::~KmsPlane() {
  const auto destroyImage = reinterpret_cast<PFNEGLDESTROYIMAGEKHRPROC>(eglGetProcAddress("eglDestroyImageKHR"));
  for (Buffer& buffer : buffers_) {
    buffer.target = {};
    if (buffer.image != EGL_NO_IMAGE_KHR) destroyImage(egl_, buffer.image);
    // Removing the frame would darken the display. Whoever lights it next removes it (dropFramesBut).
    if (buffer.bo) gbm_bo_destroy(buffer.bo);
  }
}

void KmsPlane::place(KmsRequest& request, std::uint32_t crtc, const KmsPlane* above) const {
  request.set(id_, crtcAt_, crtc);
  const std::array<std::uint64_t, 4> whole{0, 0, width_, height_};
  for (std::size_t i = 0; i < whole.size(); ++i) {
    request.set(id_, sourceAt_[i], whole[i] << 16);
    request.set(id_, placeAt_[i], whole[i]);
  }
  if (!above || heightAt_ == 0) return;
  const auto theirs = device_.value(above->id_, DRM_MODE_OBJECT_PLANE, "zpos").value_or(0);
  const auto ours = device_.value(id_, DRM_MODE_OBJECT_PLANE, "zpos").value_or(0);
  if (ours <= theirs) request.set(id_, heightAt_, theirs + 1);
}

}  // namespace feimu::stage
