#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "link/srtp-session.h"
#include "media/link-status.h"

namespace feimu {

/// One configured sink. Fields that its kind does not use keep their defaults.
struct SinkSpec {
  std::string kind;  // "rtp"
  std::string host;
  std::uint16_t port = 0;
  std::uint32_t kbps = 4'000;
  std::uint32_t fps = 30;
  std::uint32_t width = 0;  // 0: the stage's
  std::uint32_t height = 0;
  bool oneWay = false;
  std::optional<SrtpKeys> keys{};
  bool operator==(const SinkSpec&) const = default;
};

/// Something that takes the composed stage until it is destroyed.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Any thread.
  [[nodiscard]] virtual LinkStatus status() = 0;
};

}  // namespace feimu
