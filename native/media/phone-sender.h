#pragma once
#include <memory>
#include <string>

namespace feimu {

/// A phone-like sender for demonstrations and tests: draws, encodes, sends RTP, answers PLI with an IDR.
class PhoneSender {
 public:
  struct Options {
    std::string host;
    std::uint16_t port = 0;
    std::uint32_t width = 1280;
    std::uint32_t height = 720;
    std::uint32_t fps = 30;
    std::uint32_t kbps = 4000;
  };
  /// Null with errno when the address cannot be used or there is no encoder (ENOSYS).
  static std::unique_ptr<PhoneSender> start(const Options& options);
  virtual ~PhoneSender() = default;
};

}  // namespace feimu
