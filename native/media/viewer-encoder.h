#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace feimu {

/// Encodes the composed stage for viewers and makes it ready RTP packets. Own thread; works only while started.
class ViewerEncoder {
 public:
  /// Called on the encoder's thread with the packets of one picture. False: they were dropped, the next is an IDR.
  using Sink = std::function<bool(std::vector<std::vector<std::uint8_t>>&&)>;
  struct Options {
    std::uint32_t kbps = 4000;
    std::uint32_t fps = 60;
    std::uint32_t ssrc = 1;
    std::uint8_t payloadType = 96;
    std::uint8_t playoutDelayId = 0;
  };
  /// Null with errno when the path cannot be a socket's.
  static std::unique_ptr<ViewerEncoder> start(const std::string& composedSocket, const Options& options, Sink sink);
  virtual ~ViewerEncoder() = default;
  /// Any thread.
  virtual void forceIdr() = 0;
};

}  // namespace feimu
