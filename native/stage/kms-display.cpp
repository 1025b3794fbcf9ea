#include "stage/kms-display.h"

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
  std::unique_ptr<KmsDisplay> made(new KmsDisplay(device, route));
  const std::uint32_t width = route.mode.hdisplay;
  const std::uint32_t height = route.mode.vdisplay;
  made->under_ = KmsPlane::open(device, egl, route.under, GBM_FORMAT_XRGB8888, width, height);
  if (!made->under_) {
    error = {"STAGE_NO_KMS", "no buffer can be drawn into and shown on " + route.name};
    return nullptr;
  }
  if (drmModeCreatePropertyBlob(device.descriptor(), &route.mode, sizeof route.mode, &made->modeBlob_) != 0) {
    error = {"STAGE_NO_KMS", std::string("the display's mode is refused: ") + std::strerror(errno)};
    return nullptr;
  }
  if (route.over.plane == 0) return made;
  made->over_ = KmsPlane::open(device, egl, route.over, GBM_FORMAT_ARGB8888, width, height);
  // A controller may have planes and yet not the bandwidth, or the order, for this pair.
  KmsRequest request;
  made->placeAll(request);
  if (!request.commit(device.descriptor(), DRM_MODE_ATOMIC_TEST_ONLY | DRM_MODE_ATOMIC_ALLOW_MODESET)) made->over_.reset();
  return made;
}

KmsDisplay::KmsDisplay(KmsDevice& device, const KmsRoute& route)
    : device_(device), route_(route), refreshHz_(refreshOf(route.mode)) {}

KmsDisplay::~KmsDisplay() {
  if (pending_) waitForEvent();
  if (modeBlob_) drmModeDestroyPropertyBlob(device_.descriptor(), modeBlob_);
}

std::int64_t KmsDisplay::nextTickUs(std::int64_t us) const {
  // Before the first blank any moment is as good as another.
  const double periodUs = 1e6 / refreshHz_;
  const double n = std::max(1.0, std::floor(static_cast<double>(us - litUs_) / periodUs) + 1);
  const auto tick = litUs_ + static_cast<std::int64_t>(std::llround(n * periodUs));
  return tick > us ? tick : tick + static_cast<std::int64_t>(periodUs);
}

void KmsDisplay::placeAll(KmsRequest& request) const {
  const auto crtc = [&](const char* name) { return device_.property(route_.crtc, DRM_MODE_OBJECT_CRTC, name); };
  request.set(route_.connector, device_.property(route_.connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID"), route_.crtc);
  request.set(route_.crtc, crtc("ACTIVE"), 1);
  request.set(route_.crtc, crtc("MODE_ID"), modeBlob_);
  under_->place(request, route_.crtc, nullptr);
  under_->show(request);
  if (!over_) return;
  over_->place(request, route_.crtc, under_.get());
  over_->show(request);
}

void KmsDisplay::commitFront() {
  KmsRequest request;
  std::uint32_t flags = DRM_MODE_PAGE_FLIP_EVENT | DRM_MODE_ATOMIC_NONBLOCK;
  if (taken_) {
    under_->show(request);
    if (over_) over_->show(request);
  } else {
    placeAll(request);
    flags |= DRM_MODE_ATOMIC_ALLOW_MODESET;
  }
  pending_ = request.commit(device_.descriptor(), flags, this);
  lost_ = !pending_;
}

void KmsDisplay::flip(std::int64_t, const Drawn& drawn) {
  if (pending_) waitForEvent();
  if (drawn.under) under_->turn();
  if (over_ && drawn.over) over_->turn();
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
    std::vector<std::uint32_t> ours;
    for (const KmsPlane* plane : {under_.get(), over_.get()}) {
      if (!plane) continue;
      for (const std::uint32_t frame : plane->frames()) ours.push_back(frame);
    }
    device_.dropFramesBut(ours);
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
    const std::int64_t us = std::int64_t{seconds} * 1'000'000 + microseconds;
    // Some drivers have no time of a blank before the second one.
    waiting->litUs_ = us > 0 ? us : MonotonicTime().nowUs();
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
