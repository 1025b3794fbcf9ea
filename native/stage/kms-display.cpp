#include "stage/kms-display.h"

#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>
#include <poll.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "stage/time-source.h"

namespace feimu::stage {

namespace {

/// Far longer than any refresh, also on an emulated machine: a flip that takes longer will not come.
constexpr int eventTimeoutMs = 2'000;

}  // namespace

std::unique_ptr<KmsDisplay> KmsDisplay::open(KmsDevice& device, const KmsRoute& route, EGLDisplay egl, StageError& error) {
  std::unique_ptr<KmsDisplay> made(new KmsDisplay(device, route, egl));
  for (Buffer& buffer : made->buffers_) {
    if (made->make(buffer)) continue;
    error = {"STAGE_NO_KMS", "no buffer can be drawn into and shown on " + route.name};
    return nullptr;
  }
  if (drmModeCreatePropertyBlob(device.descriptor(), &route.mode, sizeof route.mode, &made->modeBlob_) != 0) {
    error = {"STAGE_NO_KMS", std::string("the display's mode is refused: ") + std::strerror(errno)};
    return nullptr;
  }
  return made;
}

KmsDisplay::KmsDisplay(KmsDevice& device, const KmsRoute& route, EGLDisplay egl)
    : device_(device), route_(route), egl_(egl), refreshHz_(refreshOf(route.mode)) {
  const auto plane = [&](const char* name) { return device.property(route.plane, DRM_MODE_OBJECT_PLANE, name); };
  ids_.connectorCrtc = device.property(route.connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID");
  ids_.crtcActive = device.property(route.crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE");
  ids_.crtcMode = device.property(route.crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID");
  ids_.planeFrame = plane("FB_ID");
  ids_.planeCrtc = plane("CRTC_ID");
  ids_.source = {plane("SRC_X"), plane("SRC_Y"), plane("SRC_W"), plane("SRC_H")};
  ids_.place = {plane("CRTC_X"), plane("CRTC_Y"), plane("CRTC_W"), plane("CRTC_H")};
}

bool KmsDisplay::make(Buffer& buffer) {
  const std::uint32_t usage = GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING;
  if (!route_.modifiers.empty()) {
    buffer.bo = gbm_bo_create_with_modifiers2(device_.gbm(), width(), height(), GBM_FORMAT_XRGB8888, route_.modifiers.data(),
                                              static_cast<unsigned>(route_.modifiers.size()), usage);
  }
  const bool explicitModifier = buffer.bo != nullptr;
  if (!buffer.bo) buffer.bo = gbm_bo_create(device_.gbm(), width(), height(), GBM_FORMAT_XRGB8888, usage);
  if (!buffer.bo) return false;

  std::array<std::uint32_t, 4> handles{}, strides{}, offsets{};
  std::array<std::uint64_t, 4> modifiers{};
  for (int i = 0; i < gbm_bo_get_plane_count(buffer.bo); ++i) {
    const auto at = static_cast<std::size_t>(i);
    handles[at] = gbm_bo_get_handle_for_plane(buffer.bo, i).u32;
    strides[at] = gbm_bo_get_stride_for_plane(buffer.bo, i);
    offsets[at] = gbm_bo_get_offset(buffer.bo, i);
    modifiers[at] = gbm_bo_get_modifier(buffer.bo);
  }
  if (drmModeAddFB2WithModifiers(device_.descriptor(), width(), height(), DRM_FORMAT_XRGB8888, handles.data(), strides.data(),
                                 offsets.data(), explicitModifier ? modifiers.data() : nullptr, &buffer.frame,
                                 explicitModifier ? DRM_MODE_FB_MODIFIERS : 0) != 0) {
    return false;
  }

  const auto createImage = reinterpret_cast<PFNEGLCREATEIMAGEKHRPROC>(eglGetProcAddress("eglCreateImageKHR"));
  const auto bindImage =
      reinterpret_cast<PFNGLEGLIMAGETARGETTEXTURE2DOESPROC>(eglGetProcAddress("glEGLImageTargetTexture2DOES"));
  if (!createImage || !bindImage) return false;
  buffer.image = createImage(egl_, EGL_NO_CONTEXT, EGL_NATIVE_PIXMAP_KHR, reinterpret_cast<EGLClientBuffer>(buffer.bo), nullptr);
  if (buffer.image == EGL_NO_IMAGE_KHR) return false;
  buffer.target = GlTarget(GlTexture::borrow(width(), height(), [&] { bindImage(GL_TEXTURE_2D, buffer.image); }));
  return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

KmsDisplay::~KmsDisplay() {
  if (pending_) waitForEvent();
  const auto destroyImage = reinterpret_cast<PFNEGLDESTROYIMAGEKHRPROC>(eglGetProcAddress("eglDestroyImageKHR"));
  for (Buffer& buffer : buffers_) {
    buffer.target = {};
    if (buffer.image != EGL_NO_IMAGE_KHR) destroyImage(egl_, buffer.image);
    // Removing the frame would darken the display. Whoever lights it next removes it (dropFramesBut).
    if (buffer.bo) gbm_bo_destroy(buffer.bo);
  }
  if (modeBlob_) drmModeDestroyPropertyBlob(device_.descriptor(), modeBlob_);
}

std::int64_t KmsDisplay::nextTickUs(std::int64_t us) const {
  // Before the first blank any moment is as good as another.
  const double periodUs = 1e6 / refreshHz_;
  const double n = std::max(1.0, std::floor(static_cast<double>(us - litUs_) / periodUs) + 1);
  const auto tick = litUs_ + static_cast<std::int64_t>(std::llround(n * periodUs));
  return tick > us ? tick : tick + static_cast<std::int64_t>(periodUs);
}

void KmsDisplay::commitFront() {
  const std::unique_ptr<drmModeAtomicReq, void (*)(drmModeAtomicReq*)> request(drmModeAtomicAlloc(), drmModeAtomicFree);
  const auto set = [&](std::uint32_t object, std::uint32_t property, std::uint64_t value) {
    drmModeAtomicAddProperty(request.get(), object, property, value);
  };
  std::uint32_t flags = DRM_MODE_PAGE_FLIP_EVENT | DRM_MODE_ATOMIC_NONBLOCK;
  set(route_.plane, ids_.planeFrame, buffers_[back_ ^ 1U].frame);
  if (!taken_) {
    set(route_.connector, ids_.connectorCrtc, route_.crtc);
    set(route_.crtc, ids_.crtcActive, 1);
    set(route_.crtc, ids_.crtcMode, modeBlob_);
    set(route_.plane, ids_.planeCrtc, route_.crtc);
    const std::array<std::uint64_t, 4> whole{0, 0, width(), height()};
    for (std::size_t i = 0; i < whole.size(); ++i) {
      set(route_.plane, ids_.source[i], whole[i] << 16);
      set(route_.plane, ids_.place[i], whole[i]);
    }
    flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
  }
  pending_ = drmModeAtomicCommit(device_.descriptor(), request.get(), flags, this) == 0;
  lost_ = !pending_;
}

void KmsDisplay::flip(std::int64_t) {
  if (pending_) waitForEvent();
  back_ ^= 1U;
  shown_ = true;
  commitFront();
}

std::int64_t KmsDisplay::lit() {
  if (pending_) waitForEvent();
  if (lost_) {
    // Nobody sees it, but the stage keeps its beat; the next commit tells everything again.
    taken_ = false;
    litUs_ = nextTickUs(MonotonicTime().nowUs());
  } else if (!taken_) {
    taken_ = true;
    device_.dropFramesBut({buffers_[0].frame, buffers_[1].frame});
  }
  return litUs_;
}

bool KmsDisplay::beat() {
  if (!shown_) return true;
  if (!pending_) commitFront();
  lit();
  return !lost_;
}

void KmsDisplay::waitForEvent() {
  // The descriptor may still hold an event for a process before this one: only our own counts.
  static thread_local KmsDisplay* waiting = nullptr;
  waiting = this;
  drmEventContext context{};
  context.version = 3;
  context.page_flip_handler2 = [](int, unsigned, unsigned seconds, unsigned microseconds, unsigned, void* display) {
    if (display != waiting) return;
    waiting->litUs_ = std::int64_t{seconds} * 1'000'000 + microseconds;
    waiting->pending_ = false;
  };
  while (pending_) {
    pollfd event{device_.descriptor(), POLLIN, 0};
    if (::poll(&event, 1, eventTimeoutMs) > 0 && drmHandleEvent(device_.descriptor(), &context) == 0) continue;
    pending_ = false;
    lost_ = true;
  }
}

}  // namespace feimu::stage
