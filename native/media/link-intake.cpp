#include "media/link-intake.h"

#include <algorithm>
#include <utility>

#include "link/link-streams.h"
#include "link/rtcp.h"
#include "link/rtp-extensions.h"

namespace feimu {

namespace {

constexpr std::int64_t holdUs = 5'000'000;
constexpr std::int64_t restartUs = 500'000;  // the same program began anew: its old stream is silent
constexpr std::int64_t repairsAloneUs = 300'000;
constexpr std::int64_t publishEveryUs = 100'000;
constexpr std::size_t maxRefused = 16;
constexpr std::uint64_t headersBytes = 28;
/// Without repairs there is nothing to wait for but reordering.
constexpr std::int64_t reorderUs = 20'000;

/// Our own number every packet of the link; others have no feedback, or not the one that we give.
bool isOurs(const RtpPacket& packet) {
  const LinkReceiver::Options usual;
  return packet.payloadType == usual.mediaPayloadType && parseTransportSequence(packet.extension(usual.transportSequenceId));
}

bool isLoopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

LinkReceiver::Stats sum(LinkReceiver::Stats all, const LinkReceiver::Stats& more) {
  all.packets += more.packets;
  all.lost += more.lost;
  all.duplicates += more.duplicates;
  all.late += more.late;
  all.malformed += more.malformed;
  all.foreign += more.foreign;
  all.nacked += more.nacked;
  all.repairedByRtx += more.repairedByRtx;
  all.repairedByFec += more.repairedByFec;
  all.frames += more.frames;
  all.framesGivenUp += more.framesGivenUp;
  all.keyFrameRequests += more.keyFrameRequests;
  all.jitterUs = more.jitterUs;
  all.queueDelayUs = more.queueDelayUs;
  all.skewPpm = more.skewPpm;
  all.broken = more.broken;
  return all;
}

}  // namespace

LinkIntake::LinkIntake(const Options& options, LinkReceiver::Sink sink)
    : options_(options), sink_(std::move(sink)), nonce_(options.keyed ? randomNonce() : ProofNonce{}), allow_(options.allow) {}

bool LinkIntake::held(std::int64_t nowUs) const { return lastPacketUs_ != 0 && nowUs - lastPacketUs_ < holdUs; }

LinkIntake::Verdict LinkIntake::accepts(const SocketAddress& from, std::span<const std::uint8_t> bytes, std::int64_t nowUs) {
  const std::string host = from.host();
  if (!isAllowed(host)) return refuse(host);
  if (const auto packet = parseRtp(bytes)) return acceptRtp(from, *packet, nowUs);
  if (!isRtcp(bytes)) {
    const std::lock_guard lock(mutex_);
    figures_.malformed++;
    return Verdict::refused;
  }
  const auto proof = parseProof(bytes);
  if (proof && proof->kind == ProofMessage::Kind::echo) {
    if (options_.keyed && proof->nonce == nonce_ && !isProven(proof->ssrc)) proven_[nextProven_++ % proven_.size()] = proof->ssrc;
    return Verdict::taken;
  }
  return acceptRtcp(from, nowUs) ? Verdict::taken : Verdict::refused;
}

bool LinkIntake::acceptRtcp(const SocketAddress& from, std::int64_t nowUs) const {
  // Reports, and challenges. Whom nothing is taken from yet gets no proof either: what he sent would be lost, and he would
  // wait for word of it.
  if (!held(nowUs) || from == sender_) return true;
  return (options_.keyed || from.host() == sender_.host()) && nowUs - lastPacketUs_ >= restartUs;
}

LinkIntake::Verdict LinkIntake::acceptRtp(const SocketAddress& from, const RtpPacket& packet, std::int64_t nowUs) {
  const bool same = from == sender_;
  if (held(nowUs)) {
    if ((same || options_.keyed) && isRepair(packet)) return Verdict::taken;
    if (packet.ssrc == ssrc_ && (same || options_.keyed)) {
      sender_ = from;
      lastPacketUs_ = nowUs;
      return Verdict::taken;
    }
    if (from.host() != sender_.host()) return refuse(from.host());
    if (nowUs - lastPacketUs_ < restartUs) return Verdict::refused;
  }
  // Repairs of a stream that is met in its middle, or a stream of somebody who gives these numbers to pictures?
  if (packet.payloadType == LinkReceiver::Options{}.rtxPayloadType || packet.payloadType == LinkReceiver::Options{}.fecPayloadType) {
    if (repairSinceUs_ == 0 || nowUs - repairSinceUs_ > restartUs) repairSinceUs_ = nowUs;
    const bool numbered = !packet.extension(LinkReceiver::Options{}.transportSequenceId).empty();
    if (numbered || nowUs - repairSinceUs_ < repairsAloneUs) return Verdict::refused;
  }
  if (options_.keyed && isOurs(packet) && !isProven(packet.ssrc)) return Verdict::unproven;
  hold(from, packet, nowUs);
  return Verdict::taken;
}

bool LinkIntake::isProven(std::uint32_t ssrc) const { return std::find(proven_.begin(), proven_.end(), ssrc) != proven_.end(); }

/// Streams of ours are numbered one after the other: a recording's repairs belong to none.
bool LinkIntake::isRepair(const RtpPacket& packet) const {
  const LinkReceiver::Options usual;
  const bool rtx = packet.payloadType == usual.rtxPayloadType && packet.ssrc == rtxSsrcOf(ssrc_);
  const bool fec = packet.payloadType == usual.fecPayloadType && packet.ssrc == fecSsrcOf(ssrc_);
  return ours_ && (rtx || fec);
}

void LinkIntake::hold(const SocketAddress& from, const RtpPacket& packet, std::int64_t nowUs) {
  LinkReceiver::Options receiving;
  ours_ = isOurs(packet);
  receiving.ownSsrc = ownSsrc_;
  receiving.mediaPayloadType = packet.payloadType;
  if (!ours_) {
    receiving.rtxPayloadType = receiving.fecPayloadType = receiving.transportSequenceId = 0;
    receiving.feedback = LinkReceiver::FeedbackKind::none;
    receiving.nack = false;
    receiving.deadlineUs = reorderUs;
  }
  if (receiver_) before_ = sum(before_, receiver_->stats());
  receiver_ = LinkReceiver::make(receiving, sink_);
  sender_ = from;
  ssrc_ = packet.ssrc;
  lastPacketUs_ = nowUs;
  repairSinceUs_ = 0;
  const std::string host = from.host();
  const std::lock_guard lock(mutex_);
  figures_.sender = host;
  std::erase(figures_.refused, host);
}

bool LinkIntake::isAllowed(const std::string& host) {
  if (isLoopback(host) && isLoopback(options_.host)) return true;
  const std::lock_guard lock(mutex_);
  if (options_.keyed && allow_.empty()) return true;
  return std::find(allow_.begin(), allow_.end(), host) != allow_.end();
}

LinkIntake::Verdict LinkIntake::refuse(const std::string& host) {
  const std::lock_guard lock(mutex_);
  auto& refused = figures_.refused;
  if (refused.size() < maxRefused && std::find(refused.begin(), refused.end(), host) == refused.end()) refused.push_back(host);
  return Verdict::refused;
}

void LinkIntake::setAllowed(std::vector<std::string> addresses) {
  const std::lock_guard lock(mutex_);
  for (const std::string& address : addresses) std::erase(figures_.refused, address);
  allow_ = std::move(addresses);
}

void LinkIntake::onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) {
  bytes_ += bytes.size() + headersBytes;
  if (receiver_) receiver_->onPacket(bytes, arrivedUs, ecn);
}

std::size_t LinkIntake::next(std::int64_t nowUs, std::span<std::uint8_t> out) {
  if (nowUs >= publishUs_) publish(nowUs);
  if (!receiver_) return 0;
  if (keyWanted_.exchange(false)) receiver_->requestKeyFrame();
  return receiver_->next(nowUs, out);
}

std::int64_t LinkIntake::wakeUs() const {
  const std::int64_t at = receiver_ ? receiver_->wakeUs() : INT64_MAX;
  // Once more after the end, so that the status says so.
  return lastPacketUs_ != 0 && publishUs_ < lastPacketUs_ + holdUs + 2 * publishEveryUs ? std::min(at, publishUs_) : at;
}

void LinkIntake::publish(std::int64_t nowUs) {
  publishUs_ = nowUs + publishEveryUs;
  const LinkReceiver::Stats stats = receiver_ ? sum(before_, receiver_->stats()) : before_;
  const std::lock_guard lock(mutex_);
  figures_.stats = stats;
  figures_.held = held(nowUs);
  const std::int64_t sinceUs = nowUs - secondUs_;
  if (sinceUs < 1'000'000) return;
  const auto packets = static_cast<double>(stats.packets - second_.packets);
  const auto lost = static_cast<double>(stats.lost) - static_cast<double>(second_.lost);
  const auto repaired = static_cast<double>(stats.repairedByRtx + stats.repairedByFec - second_.repairedByRtx - second_.repairedByFec);
  figures_.kbps = static_cast<double>(bytes_ - secondBytes_) * 8e3 / static_cast<double>(sinceUs);
  figures_.loss = packets + lost > 0 ? std::clamp(lost / (packets + lost), 0.0, 1.0) : 0;
  figures_.repaired = lost > 0 ? std::clamp(repaired / lost, 0.0, 1.0) : 0;
  secondUs_ = nowUs;
  secondBytes_ = bytes_;
  second_ = stats;
}

LinkIntake::Figures LinkIntake::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace feimu
