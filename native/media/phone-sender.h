#pragma once
#include <memory>
#include <string>
#include <vector>

namespace feimu {

/// A phone-like sender for demonstrations and tests: draws, encodes, sends RTP, answers PLI with an IDR.
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
  };
  /// CLOCK_MONOTONIC, microseconds.
  struct Timing {
    std::uint64_t frame;
    std::int64_t captureUs;  // the raw picture was there
    std::int64_t encodedUs;
    std::int64_t sentUs;     // its last packet was given to the kernel
  };
  /// Null with errno when the address cannot be used or there is no encoder (ENOSYS).
  static std::unique_ptr<PhoneSender> start(const Options& options);
  virtual ~PhoneSender() = default;
  /// With `clock`: of all frames since the last call. Any thread.
  virtual std::vector<Timing> takeTimings() = 0;
};

}  // namespace feimu
