#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "media/link-status.h"

namespace feimu {

struct SourceStatus {
  std::string state = "waiting";  // waiting, live, frozen, failed
  bool onStage = false;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double fps = 0;
  std::uint64_t frames = 0;
  std::uint64_t dropped = 0;
  std::uint64_t lostPackets = 0;
  std::uint64_t malformed = 0;
  std::uint64_t plis = 0;
  std::string sender;
  std::vector<std::string> refused;
  std::string failure;
};

/// Something that gives pictures to the switch until it is destroyed.
class Source {
 public:
  virtual ~Source() = default;
  /// Any thread.
  [[nodiscard]] virtual SourceStatus status() = 0;
  /// Of a source that others send to over the network. Any thread.
  [[nodiscard]] virtual std::optional<LinkStatus> link() { return std::nullopt; }
  /// The addresses that may send, instead of those before; for sources that others send to. Any thread.
  virtual void setAllowed(std::vector<std::string>) {}
};

}  // namespace feimu
