#include "media/link-output.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "link/bbr-controller.h"
#include "link/clock.h"
#include "link/fixed-controller.h"
#include "link/link-streams.h"
#include "link/sei.h"
#include "media/capture-clock.h"
#include "media/slice-frame.h"

namespace feimu {

namespace {

/// What nearly every path carries; more is found out within a second.
constexpr double startBps = 3e6;
constexpr std::uint32_t minKbps = 100;
constexpr std::uint32_t slices = 4;
constexpr std::int64_t oneWayKeyEveryUs = 2'000'000;

std::int64_t frameUs(double fps) { return static_cast<std::int64_t>(1e6 / fps); }

LinkSender::Options sendingOptions(const LinkOutput::Options& options, std::uint32_t ssrc) {
  LinkSender::Options sending;
  sending.mediaSsrc = ssrc;
  sending.rtxSsrc = rtxSsrcOf(sending.mediaSsrc);
  sending.fecSsrc = fecSsrcOf(sending.mediaSsrc);
  sending.rtx = !options.oneWay;
  sending.fec = !options.oneWay;
  // Who cannot be told anything is no sender that is waited for.
  if (options.oneWay) sending.transportSequenceId = 0;
  sending.frameUs = frameUs(options.fps);
  const bool six = options.to.storage.ss_family == AF_INET6;
  sending.overheadBytes = (six ? 48 : 28) + (options.keys ? SrtpSession::overheadBytes : 0);
  sending.unixOffsetUs = unixOffsetUs();
  return sending;
}

std::unique_ptr<CongestionController> controllerFor(const LinkOutput::Options& options) {
  const double maxBps = options.kbps * 1e3;
  if (options.oneWay) return std::make_unique<FixedController>(maxBps);
  BbrOptions bbr;
  bbr.maxBps = maxBps;
  bbr.minBps = std::min(bbr.minBps, maxBps);
  bbr.startBps = std::min(startBps, maxBps);
  bbr.frameUs = frameUs(options.fps);
  bbr.seed = randomSsrc();
  return std::make_unique<BbrController>(bbr);
}

}  // namespace

LinkOutput::LinkOutput(const Options& options)
    : options_(options),
      end_(sendingOptions(options, ssrc_), controllerFor(options), options.oneWay, options.onSent),
      budget_({.frameUs = frameUs(options.fps), .minKbps = std::min(minKbps, options.kbps), .maxKbps = options.kbps}) {}

std::unique_ptr<LinkOutput> LinkOutput::start(const Options& options, std::string& error) {
  if (options.oneWay && !isPrivateUnicast(options.to)) {
    error = "Expected one address of a private network for a one-way sink but received " + options.to.host();
    return nullptr;
  }
  std::unique_ptr<LinkOutput> output(new LinkOutput(options));
  const bool six = options.to.storage.ss_family == AF_INET6;
  LinkThread::Options link{.sends = true, .local = *parseAddress(six ? "::" : "0.0.0.0", 0), .peer = options.to};
  link.keys = options.keys;
  link.oneWay = options.oneWay;
  link.ssrc = output->ssrc_;
  link.onConnected = [&one = *output](bool connected) {
    one.connected_ = connected;
    if (!connected) return;
    one.end_.state().keyWanted.store(true, std::memory_order_relaxed);
    if (one.options_.onConnected) one.options_.onConnected();
  };
  output->thread_ = LinkThread::start(link, output->end_, error);
  return output->thread_ ? std::move(output) : nullptr;
}

bool LinkOutput::openEncoder(const FrameFormat& format, const FrameOrder& order) {
  if (encoder_ && format == format_) return true;
  format_ = format;
  encoder_ = H264Encoder::open({.width = format.width,
                                .height = format.height,
                                .fps = static_cast<std::uint32_t>(std::lround(options_.fps)),
                                .kbps = order.kbps,
                                .firstFrameBytes = order.maxBytes,
                                .slices = slices,
                                .idrOnSceneChange = true});
  return encoder_ != nullptr;
}

bool LinkOutput::send(const PictureView& picture, std::uint64_t number, std::int64_t captureUs) {
  FrameOrder order = budget_.next(end_.state(), end_.unsentBytes(), nowUs());
  if (order.skip) {
    skipped_++;
    return false;
  }
  const double limitBps = end_.limitBps();
  if (limitBps > 0) order.kbps = std::min(order.kbps, static_cast<std::uint32_t>(limitBps / 1e3) + 1);
  if (!openEncoder(picture.format, order)) return false;
  encoder_->setRate(order.kbps);
  if (order.maxBytes > 0) encoder_->capNext(order.maxBytes);
  const bool key = order.key || (options_.oneWay && captureUs - keyUs_ >= oneWayKeyEveryUs);
  std::size_t bytes = 0;
  bool room = true;
  // Each slice leaves while the next one is encoded.
  const bool done = encoder_->encode(picture, key, [&](EncodedSlice&& slice) {
    if (!room) return;
    bytes += slice.data.size();
    if (slice.key) keyUs_ = captureUs;
    const auto part = frameOf(std::move(slice), static_cast<std::int64_t>(number), captureUs);
    if (part->first) insertCaptureInfo(part->data, {CaptureInfo::Clock::monotonic, captureUs, captureClockId()});
    room = end_.push(part, number, nowUs());
    thread_->wake();
  });
  const std::int64_t encodedUs = nowUs();
  budget_.onEncoded(bytes);
  encoding_.add(encodedUs - captureUs, encodedUs);
  if (!done || !room) {
    skipped_++;
    budget_.onFailed(end_.state());
    return false;
  }
  frames_++;
  return true;
}

LinkStatus LinkOutput::status() const {
  LinkStatus status;
  const LinkThread::Stats link = thread_->stats();
  status.role = "send";
  status.label = addressText(options_.to);
  status.isProtected = options_.keys.has_value();
  status.frames = frames_;
  status.framesDropped = skipped_;
  status.forged = link.keys.forged;
  status.replayed = link.keys.replayed;
  status.malformed = link.keys.malformed;
  if (broken()) {
    status.state = "broken";
    status.failure = "LINK_BROKEN";
    return status;
  }
  if (!link.failure.empty()) status.failure = "LINK_NO_WAY";
  const SendEnd::Figures now = end_.figures();
  status.malformed += now.stats.malformed;
  status.keyRequests = now.stats.keyRequests;
  if (!connected_) {
    status.state = link.failure.empty() ? "proving" : "waiting";
    return status;
  }
  const auto known = [](double value) { return value > 0 ? value : LinkStatus::unknown; };
  status.peer = options_.oneWay ? std::string() : link.peer;
  status.state = now.stats.target.state;
  status.kbps = now.kbps;
  status.targetKbps = now.stats.target.mediaBps / 1e3;
  status.pacingKbps = now.stats.target.pacingBps / 1e3;
  const std::int64_t time = nowUs();
  status.encodeMs = encoding_.p95Ms(time);
  status.sendMs = end_.sendP95Ms(time);
  if (options_.oneWay) return status;
  status.rttMs = known(static_cast<double>(now.stats.rttUs) / 1e3);
  status.queueMs = static_cast<double>(now.stats.target.queueUs) / 1e3;
  status.loss = now.loss;
  status.parity = now.stats.fecRatio;
  return status;
}

}  // namespace feimu
