#include "media/viewer-encoder.h"

#include <poll.h>

#include <thread>

#include "codec/h264-encoder.h"
#include "link/clock.h"
#include "media/slice-frame.h"

namespace feimu {

namespace {

constexpr std::uint32_t slices = 4;

class Worker final : public ViewerEncoder {
 public:
  Worker(StageFeed& stage, const ViewerPacer::Options& options, ViewerPacer::Sink sink)
      : options_(options),
        reader_(stage),
        pacer_(options, std::move(sink)),
        budget_({.frameUs = 1'000'000 / options.fps, .minKbps = 200, .maxKbps = options.maxKbps}),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  ViewerPacer& pacer() override { return pacer_; }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{reader_.descriptor(), POLLIN, 0};
      // What waits of the picture before is gone by then.
      ::poll(&waiting, 1, fresh_ ? frameMs() : 50);
      if (auto frame = reader_.take()) {
        shown_ = std::move(frame);
        fresh_ = true;
      }
      const auto demand = pacer_.demand(state_);
      reader_.setWanted(demand.viewers > 0);
      if (demand.viewers == 0) {  // the stage goes on without us
        shown_.reset();
        fresh_ = false;
      }
      // A stage that stands still gives no new frame to somebody who came or lost one.
      if (!shown_ || (!fresh_ && !state_.keyWanted.load())) continue;
      const FrameOrder order = budget_.next(state_, demand.unsentBytes, nowUs());
      if (order.skip) continue;
      if (encode(*shown_, order)) {
        fresh_ = false;
      } else {
        budget_.onFailed(state_);
      }
    }
  }

  [[nodiscard]] int frameMs() const { return static_cast<int>(1'000 / options_.fps) + 1; }

  /// False when it did not leave whole.
  bool encode(const StagePicture& frame, const FrameOrder& order) {
    if (!encoder_ || !(format_ == frame.format)) {
      format_ = frame.format;
      encoder_ = H264Encoder::open({.width = format_.width,
                                    .height = format_.height,
                                    .fps = options_.fps,
                                    .kbps = order.kbps,
                                    .firstFrameBytes = order.maxBytes,
                                    .slices = slices});
      if (!encoder_) return false;
    }
    encoder_->setRate(order.kbps);
    if (order.maxBytes > 0) encoder_->capNext(order.maxBytes);
    const std::int64_t captureUs = nowUs();
    std::size_t bytes = 0;
    number_++;
    // Each slice leaves while the next one is encoded.
    const bool whole = encoder_->encode(frame.view(), order.key, [&](EncodedSlice&& slice) {
      bytes += slice.data.size();
      pacer_.push(frameOf(std::move(slice), number_, captureUs));
    });
    if (whole) budget_.onEncoded(bytes);
    return whole;
  }

  const ViewerPacer::Options options_;
  StageFeed::Reader reader_;
  std::unique_ptr<H264Encoder> encoder_;
  FrameFormat format_;
  std::shared_ptr<const StagePicture> shown_;
  bool fresh_ = false;  // `shown_` was not encoded yet: a skipped picture is not forgotten, the stage may stand still now
  std::int64_t number_ = 0;
  LinkState state_;
  ViewerPacer pacer_;
  FrameBudget budget_;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<ViewerEncoder> ViewerEncoder::start(StageFeed& stage, const ViewerPacer::Options& options, ViewerPacer::Sink sink) {
  return std::make_unique<Worker>(stage, options, std::move(sink));
}

}  // namespace feimu
