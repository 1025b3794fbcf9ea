#include "media/send-end.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "link/rtp-packet.h"

namespace feimu {

namespace {
constexpr std::int64_t publishEveryUs = 100'000;
constexpr std::size_t maxWaiting = 64;
/// With headers, extensions and SRTP it fits in 1,280 bytes, which every path of IPv6 takes.
constexpr std::size_t maxPayloadBytes = 1'150;
}  // namespace

SendEnd::SendEnd(const LinkSender::Options& options, std::unique_ptr<CongestionController> controller, bool oneWay, OnSent onSent)
    : options_(options),
      sender_(options, ring_, std::move(controller)),
      breaker_({.oneWay = oneWay, .frameUs = options.frameUs}),
      onSent_(std::move(onSent)) {}

bool SendEnd::push(const std::shared_ptr<const EncodedFrame>& frame, std::uint64_t number, std::int64_t encodedUs) {
  if (frame->last) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({frame->timestamp, {number, frame->captureUs, encodedUs, 0}});
    if (waiting_.size() > maxWaiting) waiting_.pop_front();
  }
  return ring_.push(frame, encodedUs, maxPayloadBytes);
}

void SendEnd::onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) {
  sender_.onPacket(bytes, arrivedUs, ecn);
  for (const RtcpMessage& message : sender_.messages()) {
    const auto* report = std::get_if<ReceiverReport>(&message);
    if (report == nullptr) continue;
    for (const ReportBlock& block : report->blocks) {
      if (block.ssrc != options_.mediaSsrc) continue;
      loss_ = block.fractionLost / 256.0;
      breaker_.onReport(block.highestSequence, block.fractionLost, sender_.stats().rttUs, arrivedUs);
    }
  }
}

std::size_t SendEnd::next(std::int64_t nowUs, std::span<std::uint8_t> out) {
  if (nowUs >= publishUs_) publish(nowUs);
  if (trip_ != CircuitBreaker::Trip::none) return 0;
  const std::size_t size = sender_.next(nowUs, out);
  if (size == 0) return 0;
  noteSent(out.first(size), nowUs);
  return size;
}

void SendEnd::noteSent(std::span<const std::uint8_t> packet, std::int64_t nowUs) {
  const auto rtp = parseRtp(packet);
  if (!rtp) return;
  breaker_.onSent(static_cast<std::uint32_t>(packet.size() + options_.overheadBytes), nowUs);
  if (!rtp->marker || rtp->ssrc != options_.mediaSsrc) return;
  std::optional<FrameTimes> times;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.timestamp == rtp->timestamp; });
    if (found == waiting_.end()) return;
    times = found->times;
    waiting_.erase(waiting_.begin(), found + 1);
  }
  times->sentUs = std::max(nowUs, times->encodedUs);  // its last slice may have come while this was under way
  sending_.add(nowUs - times->encodedUs, nowUs);
  if (onSent_) onSent_(*times);
}

void SendEnd::publish(std::int64_t nowUs) {
  publishUs_ = nowUs + publishEveryUs;
  breaker_.onTick(nowUs);
  trip_ = breaker_.tripped();
  limitBps_ = breaker_.limitBps();
  const LinkSender::Stats stats = sender_.stats();
  const std::lock_guard lock(mutex_);
  figures_.stats = stats;
  figures_.loss = loss_;
  if (nowUs - secondUs_ < 1'000'000) return;
  figures_.kbps = static_cast<double>(stats.bytes - secondBytes_) * 8e3 / static_cast<double>(nowUs - secondUs_);
  secondUs_ = nowUs;
  secondBytes_ = stats.bytes;
}

std::int64_t SendEnd::wakeUs() const {
  return trip_ == CircuitBreaker::Trip::none ? std::min(sender_.wakeUs(), publishUs_) : publishUs_;
}

SendEnd::Figures SendEnd::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace feimu
