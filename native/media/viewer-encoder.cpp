#include "media/viewer-encoder.h"

#include <poll.h>

#include <atomic>
#include <optional>
#include <thread>

#include "codec/h264-encoder.h"
#include "link/h264-packetizer.h"
#include "media/clock.h"

namespace feimu {

namespace {

class Worker final : public ViewerEncoder {
 public:
  Worker(std::unique_ptr<FrameConsumer> consumer, const Options& options, Sink sink)
      : options_(options),
        sink_(std::move(sink)),
        consumer_(std::move(consumer)),
        packetizer_({.ssrc = options.ssrc, .payloadType = options.payloadType, .playoutDelayId = options.playoutDelayId}),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void forceIdr() override { key_ = true; }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{consumer_->descriptor(), POLLIN, 0};
      ::poll(&waiting, waiting.fd >= 0 ? 1 : 0, 50);
      if (auto frame = consumer_->take()) {
        encode(*frame);
        shown_ = *frame;
      } else if (shown_ && key_) {
        // A stage that stands still gives no new frame to somebody who came or lost one.
        encode(*shown_);
      }
    }
  }

  void encode(const BorrowedFrame& frame) {
    if (!encoder_ || !(format_ == frame.format)) {
      format_ = frame.format;
      encoder_ = H264Encoder::open({format_.width, format_.height, options_.fps, options_.kbps});
      if (!encoder_) return;
    }
    const PictureView picture{format_, {frame.data, format_.sizeBytes()}, frame.info.fullRange != 0, frame.info.bt709 != 0};
    const auto bytes = encoder_->encode(picture, key_.exchange(false));
    const auto timestamp = static_cast<std::uint32_t>(nowUs() * 9 / 100);  // 90 kHz
    auto packets = packetizer_.packetize(bytes, timestamp);
    if (!packets.empty() && !sink_(std::move(packets))) key_ = true;
  }

  const Options options_;
  Sink sink_;
  std::unique_ptr<FrameConsumer> consumer_;
  std::unique_ptr<H264Encoder> encoder_;
  FrameFormat format_;
  std::optional<BorrowedFrame> shown_;  // ours until the next take()
  H264Packetizer packetizer_;
  std::atomic<bool> key_ = true;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<ViewerEncoder> ViewerEncoder::start(const std::string& composedSocket, const Options& options, Sink sink) {
  auto consumer = FrameConsumer::open(composedSocket);
  if (!consumer) return nullptr;
  return std::make_unique<Worker>(std::move(consumer), options, std::move(sink));
}

}  // namespace feimu
