#pragma once
#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stage/stage-error.h"

namespace feimu::stage {

struct ModeWish {
  std::uint32_t width = 1920;
  std::uint32_t height = 1080;
  double refreshHz = 60;
};

struct KmsPlaneRoute {
  std::uint32_t plane = 0;               // 0: none
  std::vector<std::uint64_t> modifiers;  // of the format that is shown on it; empty: the driver knows none
};

/// A connected display and the way to it.
struct KmsRoute {
  std::uint32_t connector = 0;
  std::uint32_t crtc = 0;
  KmsPlaneRoute under;  // the primary one of that crtc, XRGB8888
  KmsPlaneRoute over;   // one that may lie over it, ARGB8888; many controllers have none
  drmModeModeInfo mode{};
  std::string name;  // e.g. "HDMI-A-1"
};

/// Refresh of a mode, Hz: not rounded, e.g. 59.94.
double refreshOf(const drmModeModeInfo& mode);

/// The mode nearest to the wish: its size and rate, else its size, else what the display prefers if it is no larger
/// than the wish, else the largest that is not. Null when the display offers none.
const drmModeModeInfo* chooseMode(const std::vector<drmModeModeInfo>& modes, const ModeWish& wish);

/// A display controller, by a descriptor that somebody else owns: it outlives this process, and with it the last
/// frame. The GL thread only.
class KmsDevice {
 public:
  /// Null with STAGE_NO_KMS when the descriptor is no controller with atomic commits, or another program holds it.
  static std::unique_ptr<KmsDevice> open(int descriptor, StageError& error);
  ~KmsDevice();
  KmsDevice(const KmsDevice&) = delete;
  KmsDevice& operator=(const KmsDevice&) = delete;
  /// Whether a display is plugged in, as the kernel last saw it. Cheap: asks no display.
  [[nodiscard]] bool plugged() const;
  /// Asks the connectors what they have; nothing when no display is there, or none can be reached.
  [[nodiscard]] std::optional<KmsRoute> route(const ModeWish& wish) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] gbm_device* gbm() const { return gbm_; }
  /// Id of a property of an object, 0 when it has none of this name.
  [[nodiscard]] std::uint32_t property(std::uint32_t object, std::uint32_t type, const char* name) const;
  [[nodiscard]] std::optional<std::uint64_t> value(std::uint32_t object, std::uint32_t type, const char* name) const;
  /// Frees the frame buffers that a process before this one left, but for the named ones.
  void dropFramesBut(const std::vector<std::uint32_t>& kept) const;

 private:
  KmsDevice(int descriptor, gbm_device* gbm) : descriptor_(descriptor), gbm_(gbm) {}
  [[nodiscard]] KmsPlaneRoute planeOf(std::uint32_t crtcIndex, std::uint64_t type, std::uint32_t format) const;
  [[nodiscard]] std::vector<std::uint64_t> modifiersOf(std::uint32_t plane, std::uint32_t format) const;
  int descriptor_;
  gbm_device* gbm_;
};

}  // namespace feimu::stage
