#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/srtp-session.h"
#include "media/link-status.h"
#include "media/send-end.h"

namespace feimu {

/// A phone-like sender for demonstrations and tests: draws, and sends over a link. It waits for a receiver who proves
/// the address.
class PhoneSender {
 public:
  struct Options {
    std::string host;
    std::uint16_t port = 0;
    std::uint32_t width = 1280;
    std::uint32_t height = 720;
    double fps = 30;
    std::uint32_t kbps = 4000;
    /// Draws each frame's number into it (frame-code.h) and keeps its times.
    bool clock = false;
    std::uint32_t noiseBlocks = 0;  // painter.h: so many in each picture
    std::optional<SrtpKeys> keys{};
  };
  /// Null with `error`, for people.
  static std::unique_ptr<PhoneSender> start(const Options& options, std::string& error);
  virtual ~PhoneSender() = default;
  /// With `clock`: of all frames since the last call. Any thread.
  virtual std::vector<FrameTimes> takeTimings() = 0;
  /// Any thread.
  virtual LinkStatus link() = 0;
};

}  // namespace feimu
