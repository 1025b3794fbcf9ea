#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "link/bbr-controller.h"
#include "link/link-receiver.h"
#include "link/link-sender.h"
#include "link/sim/flow-path.h"

namespace feimu {

/// One sender, its source of frames, and its receiver: the same in simulated time and over sockets.
class MediaFlow {
 public:
  struct Options {
    int way = 0;                      // direction of its media through the bottleneck
    std::int64_t beginUs = 0, endUs = 0;
    std::int64_t pauseFromUs = -1, pauseToUs = -1;
    std::int64_t extraDelayUs = 0;    // each way, besides the bottleneck's
    double minBps = 150e3, maxBps = 8e6;  // of the source, with headers
    std::uint32_t seed = 1;
    int slices = 4;                   // handed over one by one while the frame is encoded
    std::int64_t encodeUs = 8'000;    // a frame's encoding
    double fixedBps = 0;              // not 0: the `fixed` controller
    bool pacing = true;
    double pacingOfMedia = 0;         // not 0: paces at this many times the media's rate, for comparison
    bool rtx = true, fec = true;
    LinkReceiver::FeedbackKind feedback = LinkReceiver::FeedbackKind::congestion;
    BbrOptions bbr;                   // deviations; rates are set from above
    std::int64_t feedbackDeadFromUs = -1, feedbackDeadToUs = -1;
    std::uint64_t traceOffset = 0;    // frame of the trace that it begins with
  };
  struct Frame {
    std::int64_t captureUs = 0;
    std::int64_t pushedUs = 0;   // its last slice
    std::uint32_t sizeBytes = 0; // with headers, 0 = skipped
    std::uint32_t mostBytes = 0; // what the source could make of it, with headers
    bool key = false;
    std::int64_t doneUs = -1;       // whole at the receiver, in decoding order
    std::int64_t overtakenUs = -1;  // a newer one was whole
  };
  struct PacketTime {
    std::int64_t sentUs;
    float queueMs;               // sender and path
  };
  struct Sample {                // every 100 ms
    std::int64_t atUs;
    double targetBps, pacingBps, receivedBps;
    double queueMs;
    double rttMs;
    double lossRatio;
    std::string_view state;
  };
  struct Traces {
    std::vector<Frame> frames;
    std::vector<PacketTime> packets;
    std::vector<Sample> samples;
    std::uint64_t mediaSent = 0, mediaArrived = 0;  // packets on their first way
    std::int64_t bytesInDark = 0;    // sent while feedback or path were dead
    std::int64_t receivedBytes = 0;
  };

  MediaFlow(Simulation& simulation, std::unique_ptr<FlowPath> path, const Options& options);
  /// Where the path's queue shows only afterwards: what a packet that left at `sentUs` met there.
  void addPathQueue(const std::function<std::int64_t(std::int64_t sentUs)>& queueUs);
  [[nodiscard]] const Traces& traces() const { return traces_; }
  [[nodiscard]] LinkSender::Stats senderStats() const { return sender_->stats(); }
  [[nodiscard]] LinkReceiver::Stats receiverStats() const { return receiver_->stats(); }
  [[nodiscard]] const Options& options() const { return options_; }

 private:
  void capture();
  void pushSlice(const std::shared_ptr<EncodedFrame>& slice);
  void pump();
  void pumpReceiver();
  void sample();
  [[nodiscard]] bool dead(std::int64_t nowUs) const;

  Simulation& simulation_;
  const std::unique_ptr<FlowPath> path_;
  const Options options_;
  PacketRing ring_{8192};
  std::unique_ptr<LinkSender> sender_;
  std::unique_ptr<LinkReceiver> receiver_;
  FrameBudget budget_;
  Traces traces_;
  double nextKbps_ = 0;
  std::size_t shown_ = 0;             // frames before this one are history
  bool broken_ = false;               // the ring was full: the next one is an IDR
  std::int64_t pumpAtUs_ = INT64_MAX;
  std::int64_t receiverAtUs_ = INT64_MAX;
  std::int64_t sampledBytes_ = 0;
};

}  // namespace feimu
