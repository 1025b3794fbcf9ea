#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/srtp-session.h"
#include "media/source-switch.h"
#include "media/source.h"

namespace feimu {

/// One configured source. Fields that its kind does not use keep their defaults.
struct SourceSpec {
  std::string kind;  // "rtp", "test-pattern"
  std::string host;
  std::uint16_t port = 0;
  std::vector<std::string> allow;
  std::optional<SrtpKeys> keys{};
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t fps = 0;
};

/// All sources and the switch behind them. One thread calls it; it has its own for what must happen in time.
class MediaEngine {
 public:
  /// Null with errno when the socket for the frames cannot be made.
  static std::unique_ptr<MediaEngine> start(const std::string& videoSocket);
  virtual ~MediaEngine() = default;
  /// In order of preference. What stays the same goes on undisturbed; a change of `allow` alone disturbs nothing.
  /// False when a kind is unknown: nothing changes then.
  virtual bool setSources(const std::vector<SourceSpec>& specs) = 0;
  /// In the order of setSources.
  virtual std::vector<SourceStatus> status() = 0;
  /// Of those sources that are links.
  virtual std::vector<LinkStatus> links() = 0;
};

}  // namespace feimu
