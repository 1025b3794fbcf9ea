#include "media/phone-sender.h"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "link/clock.h"
#include "link/thread-priority.h"
#include "media/frame-code.h"
#include "media/lasting-output.h"
#include "media/painter.h"

namespace feimu {

namespace {

class Sender final : public PhoneSender {
 public:
  explicit Sender(const Options& options) : options_(options) {}
  bool start(const SocketAddress& to, std::string& error) {
    LinkOutput::Options output{.to = to, .kbps = options_.kbps, .fps = options_.fps, .keys = options_.keys};
    if (options_.clock) output.onSent = [this](const FrameTimes& times) { note(times); };
    output_ = std::make_unique<LastingOutput>(output);
    if (!output_->open(error)) return false;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return true;
  }
  std::vector<FrameTimes> takeTimings() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(timings_, {});
  }
  LinkStatus link() override { return output_->status(); }

 private:
  void note(const FrameTimes& times) {
    const std::lock_guard lock(mutex_);
    timings_.push_back(times);
  }

  void run(const std::stop_token& stop) {
    preferThisThread();
    Painter painter(options_.width, options_.height);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t frame = 0; !stop.stop_requested(); frame++) {
      // Drawn ahead, so that the picture is there when its time has come.
      LinkOutput* output = output_->connected(nowUs());
      if (output != nullptr) {
        paintPhone(painter, frame);
        paintNoise(painter, frame, options_.noiseBlocks);
        if (options_.clock) drawFrameCode(painter, frame);
      }
      std::this_thread::sleep_until(
          begin + std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(frame) * 1e6 / options_.fps)));
      if (output != nullptr) output->send(painter.view(), frame, nowUs());
    }
  }

  const Options options_;
  std::mutex mutex_;  // guards timings_
  std::vector<FrameTimes> timings_;
  std::unique_ptr<LastingOutput> output_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace

std::unique_ptr<PhoneSender> PhoneSender::start(const Options& options, std::string& error) {
  const auto address = parseAddress(options.host, options.port);
  if (!address) {
    error = "Expected a numeric address but received " + options.host;
    return nullptr;
  }
  auto sender = std::make_unique<Sender>(options);
  return sender->start(*address, error) ? std::move(sender) : nullptr;
}

}  // namespace feimu
