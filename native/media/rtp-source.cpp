#include "media/rtp-source.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>

#include "codec/h264-decoder.h"
#include "link/clock.h"
#include "link/link-thread.h"
#include "link/sei.h"
#include "link/thread-priority.h"
#include "media/capture-clock.h"
#include "media/last-second.h"
#include "media/link-intake.h"
#include "media/unit-queue.h"

namespace feimu {

namespace {

class RtpSource final : public Source {
 public:
  RtpSource(int id, const RtpSourceOptions& options, SourceSwitch& output)
      : id_(id),
        options_(options),
        output_(output),
        decoder_(H264Decoder::open()),
        intake_({options.host, options.allow, options.keys.has_value()}, [this](AccessUnit&& unit) { take(std::move(unit)); }) {
    startLink();
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  SourceStatus status() override {
    const LinkIntake::Figures figures = intake_.figures();
    const std::lock_guard lock(mutex_);
    SourceStatus status = status_;
    status.failure = failure();
    if (!status.failure.empty()) status.state = "failed";
    const std::int64_t age = nowUs() - lastFrameUs_;
    if (status.failure.empty() && lastFrameUs_ != 0) {
      status.state = age < 300'000 ? "live" : age < SourceSwitch::freezeUs ? "frozen" : "waiting";
    }
    status.onStage = status.state != "waiting" && output_.onStage(id_);
    status.fps = age < 1'500'000 ? fps_ : 0;
    status.lostPackets = figures.stats.lost;
    status.malformed = figures.malformed + figures.stats.malformed;
    status.plis = figures.stats.keyFrameRequests;
    status.sender = figures.sender;
    status.refused = figures.refused;
    return status;
  }

  std::optional<LinkStatus> link() override {
    const LinkIntake::Figures figures = intake_.figures();
    const std::int64_t now = nowUs();
    LinkStatus status;
    status.role = "receive";
    if (const auto address = parseAddress(options_.host, options_.port)) status.label = addressText(*address);
    status.isProtected = options_.keys.has_value();
    status.failure = failure();
    status.state = figures.held ? "receiving" : "waiting";
    status.frames = figures.stats.frames;
    status.framesDropped = figures.stats.framesGivenUp + units_.dropped();
    status.keyRequests = figures.stats.keyFrameRequests;
    status.malformed = figures.malformed + figures.stats.malformed;
    if (link_) {
      const LinkThread::Stats stats = link_->stats();
      status.malformed += stats.keys.malformed;
      status.forged = stats.keys.forged;
      status.replayed = stats.keys.replayed;
      if (figures.held) status.peer = stats.peer;
    }
    if (!figures.held) return status;
    status.kbps = figures.kbps;
    status.loss = figures.loss;
    if (figures.loss > 0) status.repaired = figures.repaired;
    status.queueMs = figures.stats.queueDelayUs / 1e3;
    status.assembleMs = assembling_.p95Ms(now);
    status.decodeMs = decoding_.p95Ms(now);
    status.totalMs = whole_.p95Ms(now);
    return status;
  }

  void setAllowed(std::vector<std::string> addresses) override { intake_.setAllowed(std::move(addresses)); }

 private:
  void startLink() {
    const auto address = parseAddress(options_.host, options_.port);
    if (!address) return;
    LinkThread::Options link{.local = *address};
    link.keys = options_.keys;
    link.nonce = intake_.nonce();
    link.accepts = [this](const SocketAddress& from, std::span<const std::uint8_t> bytes, std::int64_t nowUs) {
      return intake_.accepts(from, bytes, nowUs);
    };
    std::string error;
    link_ = LinkThread::start(link, intake_, error);
    keysRefused_ = !link_ && !SrtpSession::takes(options_.keys);
  }

  std::string failure() const {
    if (keysRefused_) return "LINK_KEYS_WRONG";
    const int error = link_ ? link_->stats().error : EADDRNOTAVAIL;
    return error == 0 ? "" : error == EADDRINUSE ? "SOURCE_PORT_IN_USE" : "SOURCE_ADDRESS_UNUSABLE";
  }

  /// On the link's thread.
  void take(AccessUnit&& unit) {
    const std::int64_t now = nowUs();
    assembling_.add(now - unit.receivedUs, now);
    if (!units_.push(std::move(unit), now)) intake_.requestKeyFrame();
  }

  void run(const std::stop_token& stop) {
    preferThisThread();
    while (const auto unit = units_.take(stop)) {
      if (decode(*unit)) continue;
      units_.abandon();
      intake_.requestKeyFrame();
      if (link_) link_->wake();
      const std::lock_guard lock(mutex_);
      status_.dropped++;
    }
  }

  bool decode(const UnitQueue::Unit& one) {
    if (!decoder_) return false;
    const auto info = findCaptureInfo(one.unit.data);
    const bool ourClock = info && info->clock == CaptureInfo::Clock::monotonic && info->deviceId != 0 && info->deviceId == captureClockId();
    const std::int64_t captureUs = ourClock ? info->capturedUs : 0;
    return decoder_->decode(one.unit.data, [&](const PictureView& picture) {
      const std::int64_t now = nowUs();
      if (one.newest) output_.publish(id_, picture, captureUs, one.unit.receivedUs, now);
      decoding_.add(now - one.wholeUs, now);
      if (ourClock && captureUs <= now) whole_.add(now - captureUs, now);
      const std::lock_guard lock(mutex_);
      if (lastFrameUs_ != 0) fps_ += (1e6 / static_cast<double>(std::max<std::int64_t>(1, now - lastFrameUs_)) - fps_) / 16;
      lastFrameUs_ = now;
      status_.width = picture.format.width;
      status_.height = picture.format.height;
      status_.frames++;
    });
  }

  const int id_;
  const RtpSourceOptions options_;
  SourceSwitch& output_;
  std::unique_ptr<H264Decoder> decoder_;
  UnitQueue units_;
  LastSecond assembling_, decoding_, whole_;
  std::mutex mutex_;  // guards what the decoder's thread tells status()
  SourceStatus status_;
  std::int64_t lastFrameUs_ = 0;
  double fps_ = 0;
  bool keysRefused_ = false;
  LinkIntake intake_;
  std::unique_ptr<LinkThread> link_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace

std::unique_ptr<Source> openRtpSource(int id, const RtpSourceOptions& options, SourceSwitch& output) {
  return std::make_unique<RtpSource>(id, options, output);
}

}  // namespace feimu
