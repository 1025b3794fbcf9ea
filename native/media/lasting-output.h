#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "media/link-output.h"

namespace feimu {

/// A LinkOutput that begins anew, as another stream, some time after its circuit breaker stopped it (RFC 8083 §4.5: not
/// at once) or it could not be opened, as often as it takes. One thread gives the pictures.
class LastingOutput {
 public:
  static constexpr std::int64_t retryUs = 15'000'000;

  explicit LastingOutput(const LinkOutput::Options& options) : options_(options) {}
  /// False with `error`, for people, as LinkOutput::start(); what was there before stays then.
  bool open(std::string& error);
  /// The output while there is somebody who takes pictures. To be called at least once a second.
  [[nodiscard]] LinkOutput* connected(std::int64_t nowUs);
  /// Any thread.
  [[nodiscard]] LinkStatus status() const;

 private:
  const LinkOutput::Options options_;
  std::int64_t retryAtUs_ = 0;
  mutable std::mutex mutex_;  // guards which output it is; its own thread alone changes it
  std::unique_ptr<LinkOutput> output_;
};

}  // namespace feimu
