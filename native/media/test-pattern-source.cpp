#include "media/test-pattern-source.h"

#include <atomic>
#include <thread>

#include "link/clock.h"
#include "media/painter.h"

namespace feimu {

namespace {

class TestPattern final : public Source {
 public:
  TestPattern(int id, const TestPatternOptions& options, SourceSwitch& output)
      : id_(id), options_(options), output_(output), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  SourceStatus status() override {
    SourceStatus status;
    status.state = "live";
    status.onStage = output_.onStage(id_);
    status.width = options_.width;
    status.height = options_.height;
    status.fps = status.onStage ? options_.fps : 0;
    status.frames = frames_;
    return status;
  }

 private:
  void run(const std::stop_token& stop) {
    Painter painter(options_.width, options_.height);
    const auto interval = std::chrono::microseconds(1'000'000 / options_.fps);
    auto due = std::chrono::steady_clock::now();
    for (std::uint64_t frame = 0; !stop.stop_requested(); frame++) {
      const std::int64_t now = nowUs();
      if (output_.wants(id_, now)) {
        paintTestPattern(painter, frame);
        output_.publish(id_, painter.view(), now, now, nowUs());
        frames_++;
      }
      due += interval;
      std::this_thread::sleep_until(due);
    }
  }

  const int id_;
  const TestPatternOptions options_;
  SourceSwitch& output_;
  std::atomic<std::uint64_t> frames_ = 0;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<Source> openTestPattern(int id, const TestPatternOptions& options, SourceSwitch& output) {
  return std::make_unique<TestPattern>(id, options, output);
}

}  // namespace feimu
