#pragma once
#include <memory>

#include "stage/display.h"
#include "stage/kms-plane.h"

namespace feimu::stage {

/// A display that is plugged in, lit by atomic commits of GBM buffers, on two planes where it has them. The GL thread only.
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
  const GlTarget& back() override { return under_->back(); }
  const GlTarget& front() override { return under_->front(); }
  const GlTarget* over() override { return over_ ? &over_->back() : nullptr; }
  void flip(std::int64_t doneUs, const Drawn& drawn) override;
  std::int64_t lit() override;
  bool beat() override;

 private:
  KmsDisplay(KmsDevice& device, const KmsRoute& route);
  void placeAll(KmsRequest& request) const;
  void commitFront();
  void waitForEvent();

  KmsDevice& device_;
  KmsRoute route_;
  double refreshHz_;
  std::uint32_t modeBlob_ = 0;
  std::unique_ptr<KmsPlane> under_, over_;  // over_: null where the display has one plane
  bool taken_ = false;      // the display shows a frame of ours
  bool pending_ = false;    // a commit waits for its blank
  bool shown_ = false;      // a picture was ever flipped
  bool lost_ = false;       // commits fail: the display is gone or held by another
  std::int64_t litUs_ = 0;  // of the last blank
};

}  // namespace feimu::stage
