#pragma once
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <array>

#include "stage/display.h"
#include "stage/kms-device.h"

namespace feimu::stage {

/// A display that is plugged in, lit by atomic commits of GBM buffers. The GL thread only.
class KmsDisplay final : public Display {
 public:
  /// The GL context on `device`'s GBM must be current. Null with STAGE_NO_KMS when no buffer can be drawn and shown.
  static std::unique_ptr<KmsDisplay> open(KmsDevice& device, const KmsRoute& route, EGLDisplay egl, StageError& error);
  /// Leaves the last frame lit: the next one that opens the display takes over from it.
  ~KmsDisplay() override;
  [[nodiscard]] std::uint32_t width() const override { return route_.mode.hdisplay; }
  [[nodiscard]] std::uint32_t height() const override { return route_.mode.vdisplay; }
  [[nodiscard]] double refreshHz() const override { return refreshHz_; }
  [[nodiscard]] const char* backend() const override { return "kms"; }
  [[nodiscard]] std::int64_t nextTickUs(std::int64_t us) const override;
  const GlTarget& back() override { return buffers_[back_].target; }
  const GlTarget& front() override { return buffers_[back_ ^ 1U].target; }
  void flip(std::int64_t doneUs) override;
  std::int64_t lit() override;
  bool beat() override;

 private:
  struct Buffer {
    gbm_bo* bo = nullptr;
    EGLImageKHR image = EGL_NO_IMAGE_KHR;
    std::uint32_t frame = 0;
    GlTarget target;
  };
  struct Ids {
    std::uint32_t connectorCrtc, crtcActive, crtcMode, planeFrame, planeCrtc;
    std::array<std::uint32_t, 4> source, place;  // x, y, width, height
  };

  KmsDisplay(KmsDevice& device, const KmsRoute& route, EGLDisplay egl);
  bool make(Buffer& buffer);
  void commitFront();
  void waitForEvent();

  KmsDevice& device_;
  KmsRoute route_;
  EGLDisplay egl_;
  Ids ids_{};
  double refreshHz_;
  std::uint32_t modeBlob_ = 0;
  std::array<Buffer, 2> buffers_;
  std::uint32_t back_ = 0;
  bool taken_ = false;      // the display shows a frame of ours
  bool pending_ = false;    // a commit waits for its blank
  bool shown_ = false;      // a picture was ever flipped
  bool lost_ = false;       // commits fail: the display is gone or held by another
  std::int64_t litUs_ = 0;  // of the last blank
};

}  // namespace feimu::stage
