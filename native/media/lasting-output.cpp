#include "media/lasting-output.h"

#include <utility>

namespace feimu {

bool LastingOutput::open(std::string& error) {
  auto output = LinkOutput::start(options_, error);
  if (!output) return false;
  {
    const std::lock_guard lock(mutex_);
    std::swap(output_, output);
  }
  // The one before ends here, and may take its time.
  return true;
}

LinkOutput* LastingOutput::connected(std::int64_t nowUs) {
  if (!output_ || output_->broken()) {
    if (retryAtUs_ == 0) retryAtUs_ = nowUs + retryUs;
    if (nowUs < retryAtUs_) return nullptr;
    retryAtUs_ = 0;
    std::string error;
    if (!open(error)) return nullptr;
  }
  return output_->connected() ? output_.get() : nullptr;
}

LinkStatus LastingOutput::status() const {
  const std::lock_guard lock(mutex_);
  if (output_) return output_->status();
  LinkStatus status;
  status.role = "send";
  status.label = addressText(options_.to);
  status.state = "waiting";
  status.isProtected = options_.keys.has_value();
  return status;
}

}  // namespace feimu
