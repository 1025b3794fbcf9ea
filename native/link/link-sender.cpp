#include "link/link-sender.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "link/ntp-time.h"
#include "link/rtp-extensions.h"
#include "link/rtx.h"

namespace feimu {

namespace {
constexpr std::int64_t reportEveryUs = 1'000'000;
constexpr std::int64_t expireEveryUs = 50'000;
/// What was sent is kept this long at least: a receiver asks again until its deadline.
constexpr std::int64_t keepUs = 500'000;
/// What waited this long for the pacer is replaced by a key frame.
constexpr std::int64_t staleUs = 200'000;
constexpr std::int64_t probeEveryUs = 100'000;
/// A frame's fate is known this long after its deadline: the receiver reports once a frame.
constexpr std::int64_t settleUs = 50'000;
constexpr std::size_t maxFlights = 64;
/// Two packets (draft-ietf-ccwg-bbr §5.6.3), or a millisecond of the rate.
constexpr std::int64_t leastQuantumBytes = 2'400;
/// A thread that wakes up late makes good that much.
constexpr std::int64_t lateUs = 1'000;
/// Lower, a packet would block the others for minutes.
constexpr double leastPacingBps = 10e3;
/// An estimate of what stands before a payload: RTP header, extensions, original sequence number.
constexpr std::size_t headerBytes = 40;
/// Of the path, at most, for parity and retransmissions.
constexpr double mostRepairs = 0.5;
}  // namespace

LinkSender::LinkSender(const Options& options, PacketRing& ring, std::unique_ptr<CongestionController> controller)
    : options_(options),
      ring_(ring),
      controller_(std::move(controller)),
      reader_(history_, {options.mediaSsrc, options.rtxSsrc, options.fecSsrc}),
      quantumBytes_(options.firstFlightBytes),
      policy_({.deadlineUs = options.deadlineUs}) {
  publish(0);
}

std::uint64_t LinkSender::ntp(std::int64_t nowUs) const { return ntpFromUnixUs(nowUs + options_.unixOffsetUs); }

// Sending

std::size_t LinkSender::next(std::int64_t nowUs, std::span<std::uint8_t> out) {
  if (controller_->wakeUs() <= nowUs) {
    controller_->onTick(nowUs);
    publish(nowUs);
  }
  if (nowUs - expiredUs_ >= expireEveryUs) {
    expiredUs_ = nowUs;
    ring_.expire(nowUs - std::max(keepUs, 4 * rttUs_));
    settleFlights(nowUs);
  }
  if (nowUs - reportUs_ >= reportEveryUs) {
    reportUs_ = nowUs;
    if (const std::size_t size = sendReport(nowUs, out)) return size;
  }
  if (options_.pacing && quantumBytes_ <= 0) {
    if (nowUs < nextUs_) return 0;
    quantumBytes_ = std::max(leastQuantumBytes, static_cast<std::int64_t>(pacingBps() / 8e6 * static_cast<double>(options_.quantumUs)));
  }
  windowFull_ = false;
  resends_.earn(nowUs, target_.mediaBps);
  std::size_t size = sendRetransmission(nowUs, out);
  if (size == 0) size = sendParity(nowUs, out);
  if (size == 0) size = sendMedia(nowUs, out);
  if (size == 0) size = sendProbe(nowUs, out);
  if (size > 0) {
    pay(size + options_.overheadBytes, nowUs);
  } else {
    quantumBytes_ = stats_.packets > 0 ? 0 : options_.firstFlightBytes;
    idle_ = true;
  }
  return size;
}

double LinkSender::pacingBps() const {
  return std::max(options_.pacingOfMedia > 0 ? options_.pacingOfMedia * target_.mediaBps : target_.pacingBps, leastPacingBps);
}

void LinkSender::pay(std::size_t bytes, std::int64_t nowUs) {
  // Time that was not used is lost; time that was slept away is not.
  const bool firstFlight = static_cast<std::int64_t>(stats_.bytes) <= options_.firstFlightBytes;
  const double paidUs = firstFlight ? 0 : static_cast<double>(bytes) * 8e6 / pacingBps();
  nextUs_ = std::max(nextUs_, idle_ ? nowUs : nowUs - lateUs) + static_cast<std::int64_t>(paidUs);
  idle_ = false;
  quantumBytes_ -= static_cast<std::int64_t>(bytes);
}

std::int64_t LinkSender::wakeUs() const {
  const std::int64_t pacedUs = options_.pacing ? nextUs_ : 0;
  std::int64_t at = std::min(controller_->wakeUs(), reportUs_ + reportEveryUs);
  if (!windowFull_ && (parityAt_ < parityCount_ || ring_.unsentPackets() > 0)) at = std::min(at, pacedUs);
  if (!windowFull_ && !resends_.empty()) {
    const RingPacket* packet = ring_.find(resends_.front());
    at = std::min(at, std::max(pacedUs, packet != nullptr ? resends_.affordsUs(packet->sizeBytes() + headerBytes) : 0));
  }
  if (windowFull_ && target_.blind) at = std::min(at, std::max(probeUs_ + probeEveryUs, nextUs_));
  if (!flights_.empty()) at = std::min(at, expiredUs_ + expireEveryUs);
  return at;
}

bool LinkSender::windowAllows(std::size_t bytes) {
  windowFull_ = controller_->inflightBytes() + static_cast<std::int64_t>(bytes + options_.overheadBytes) > target_.windowBytes;
  return !windowFull_;
}

std::size_t LinkSender::write(LinkStream stream, const RtpHeader& header, std::int64_t frame, Pieces pieces, const Extras& extras,
                              std::int64_t nowUs, std::span<std::uint8_t> out) {
  const auto sequence = makeTransportSequence(static_cast<std::uint16_t>(history_.next()));
  const auto capture = makeAbsoluteCaptureTime(ntp(extras.captureUs));
  const auto delay = makePlayoutDelay({});
  std::array<RtpExtension, 3> extensions{{{options_.transportSequenceId, sequence}}};
  std::size_t count = 1;
  if (extras.captureUs >= 0) extensions[count++] = {options_.captureTimeId, capture};
  if (options_.playoutDelayId != 0) extensions[count++] = {options_.playoutDelayId, delay};
  const std::span used{extensions.data(), count};
  std::size_t size = stream == LinkStream::rtx ? writeRtxHeader(header, used, extras.original, out) : writeRtpHeader(header, used, out);
  if (size == 0) return 0;
  for (const auto piece : pieces) {
    if (size + piece.size() > out.size()) return 0;
    if (!piece.empty()) std::memcpy(out.data() + size, piece.data(), piece.size());
    size += piece.size();
  }
  const auto bytes = static_cast<std::uint32_t>(size + options_.overheadBytes);
  controller_->onSent({history_.next(), nowUs, bytes, frame, extras.probe});
  history_.add(stream, header.sequence, frame, nowUs);
  stats_.packets++;
  stats_.bytes += bytes;
  return size;
}

RingPacket* LinkSender::nextMedia(std::int64_t nowUs) {
  RingPacket* packet = ring_.next();
  if (packet == nullptr || nowUs - packet->pushedUs <= staleUs) return packet;
  state_.keyWanted.store(true, std::memory_order_relaxed);
  const std::size_t dropped = ring_.dropUnsent();
  stats_.droppedUnsent += dropped;
  return dropped > 0 ? ring_.next() : packet;
}

void LinkSender::beginFrame(const RingPacket& packet) {
  frame_++;
  frameMedia_.clear();
  frameBase_ = packet.sequence;
  flights_.push_back({packet.frame->captureUs, {}});
  if (flights_.size() > maxFlights) {
    flights_.pop_front();
    firstFlight_++;
  }
}

std::size_t LinkSender::sendMedia(std::int64_t nowUs, std::span<std::uint8_t> out) {
  RingPacket* packet = nextMedia(nowUs);
  if (packet == nullptr || !windowAllows(packet->sizeBytes() + headerBytes)) return 0;
  if (packet->first || frame_ < 0) beginFrame(*packet);
  const EncodedFrame& frame = *packet->frame;
  const std::span<const std::uint8_t> prefix{packet->prefix.data(), packet->prefixBytes};
  const std::array pieces{prefix, packet->payload};
  const RtpHeader header{packet->sequence, frame.timestamp, options_.mediaSsrc, options_.mediaPayloadType, packet->marker};
  const Extras extras{.captureUs = packet->first && options_.captureTimeId != 0 ? frame.captureUs : -1};
  packet->sentUs = nowUs;
  packet->transportSequence = history_.next();
  const std::size_t size = write(LinkStream::media, header, frame_, pieces, extras, nowUs, out);
  if (size == 0) {  // larger than a datagram may be: it would block the others for ever
    stats_.droppedUnsent++;
    ring_.advance();
    return 0;
  }
  timestamp_ = frame.timestamp;
  timestampUs_ = frame.captureUs;
  sequence_ = packet->sequence;
  mediaPackets_++;
  mediaOctets_ += static_cast<std::uint32_t>(packet->sizeBytes());
  payloadShare_ += (static_cast<double>(packet->sizeBytes()) / static_cast<double>(size + options_.overheadBytes) - payloadShare_) / 64;
  // Settled already when the window was closed for long.
  if (Flight* one = flight(frame_)) one->fate.packets++;
  if (options_.fec) {
    frameMedia_.push_back({packet->marker, prefix, packet->payload});
    // Before advance(): the spans lie in slots that it may free.
    if (packet->marker) makeParity(nowUs);
  }
  ring_.advance();
  return size;
}

void LinkSender::makeParity(std::int64_t nowUs) {
  parityAt_ = parityCount_ = 0;
  const std::size_t wanted = fecParityPackets(frameMedia_.size(), policy_.ratio());
  // A frame whose beginning the ring let go of, as the window was closed for long, is past repair.
  if (wanted == 0 || (frameMedia_.size() > 1 && ring_.find(frameBase_) == nullptr)) return;
  const auto payloads = encoder_.encode(frameBase_, frameMedia_, wanted);
  if (parity_.size() < payloads.size()) parity_.resize(payloads.size());
  for (const auto payload : payloads) parity_[parityCount_++].assign(payload.begin(), payload.end());
  parityTimestamp_ = timestamp_;
  parityUs_ = nowUs;
}

std::size_t LinkSender::sendParity(std::int64_t nowUs, std::span<std::uint8_t> out) {
  if (nowUs - parityUs_ > options_.deadlineUs) parityAt_ = parityCount_;
  if (parityAt_ >= parityCount_) return 0;
  const auto& payload = parity_[parityAt_];
  if (!windowAllows(payload.size() + headerBytes)) return 0;
  const std::array<std::span<const std::uint8_t>, 1> pieces{payload};
  const RtpHeader header{fecSequence_++, parityTimestamp_, options_.fecSsrc, options_.fecPayloadType, false};
  parityAt_++;
  stats_.parity++;
  return write(LinkStream::fec, header, frame_, pieces, {}, nowUs, out);
}

std::size_t LinkSender::writeAgain(const RingPacket& packet, std::int64_t frame, bool probe, std::int64_t nowUs, std::span<std::uint8_t> out) {
  const std::span<const std::uint8_t> prefix{packet.prefix.data(), packet.prefixBytes};
  const std::array pieces{prefix, packet.payload};
  const RtpHeader header{rtxSequence_++, packet.frame->timestamp, options_.rtxSsrc, options_.rtxPayloadType, packet.marker};
  return write(LinkStream::rtx, header, frame, pieces, {.original = packet.sequence, .probe = probe}, nowUs, out);
}

std::size_t LinkSender::sendRetransmission(std::int64_t nowUs, std::span<std::uint8_t> out) {
  while (!resends_.empty()) {
    RingPacket* packet = ring_.find(resends_.front());
    // Only while it can still arrive in time, and within the budget.
    if (packet == nullptr || nowUs > packet->pushedUs + options_.frameUs + options_.deadlineUs) {
      stats_.tooLate++;
      if (options_.waitsForLost) state_.keyWanted.store(true, std::memory_order_relaxed);
      resends_.pop();
      continue;
    }
    const std::size_t bytes = packet->sizeBytes() + headerBytes;
    if (!resends_.affords(bytes) || !windowAllows(bytes)) return 0;
    resends_.pop();
    const SentRecord* first = history_.find(packet->transportSequence);
    const std::int64_t frame = first != nullptr ? first->frame : frame_;
    packet->sentUs = nowUs;
    packet->transportSequence = history_.next();
    const std::size_t size = writeAgain(*packet, frame, false, nowUs, out);
    if (size == 0) continue;
    Flight* one = flight(frame);
    if (one != nullptr && packet->resends == 0) one->fate.resent++;
    packet->resends = 1;
    resends_.spend(bytes);
    stats_.resent++;
    return size;
  }
  return 0;
}

std::size_t LinkSender::sendProbe(std::int64_t nowUs, std::span<std::uint8_t> out) {
  // Nothing is heard and nothing may be sent any more: one packet now and then finds out when the path is back.
  if (!target_.blind || !windowFull_ || nowUs - probeUs_ < probeEveryUs) return 0;
  probeUs_ = nowUs;
  const RingPacket* packet = ring_.find(sequence_);
  if (packet == nullptr || !options_.rtx) return 0;
  stats_.probes++;
  return writeAgain(*packet, frame_, true, nowUs, out);
}

std::size_t LinkSender::sendReport(std::int64_t nowUs, std::span<std::uint8_t> out) {
  if (mediaPackets_ == 0) return 0;
  SenderReport report;
  report.ssrc = options_.mediaSsrc;
  report.ntp = ntp(nowUs);
  report.timestamp = timestamp_ + static_cast<std::uint32_t>((nowUs - timestampUs_) * 9 / 100);
  report.packets = mediaPackets_;
  report.octets = mediaOctets_;
  std::vector<std::uint8_t> bytes;
  if (!writeRtcp(report, bytes, out.size())) return 0;
  reportsNtp_[reportAt_++ % reportsNtp_.size()] = ntpMiddle(report.ntp);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return bytes.size();
}

// Feedback

void LinkSender::onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t) {
  messages_.clear();
  if (!isRtcp(bytes) || !parseRtcp(bytes, messages_)) stats_.malformed++;
  for (const RtcpMessage& message : messages_) take(message, arrivedUs);
  publish(arrivedUs);
}

void LinkSender::take(const RtcpMessage& message, std::int64_t nowUs) {
  if (const auto* nack = std::get_if<Nack>(&message)) return takeNack(*nack, nowUs);
  if (const auto* feedback = std::get_if<CongestionFeedback>(&message)) {
    if (reader_.read(*feedback, nowUs)) takeFeedback(nowUs);
  } else if (const auto* feedback = std::get_if<TransportFeedback>(&message)) {
    if (reader_.read(*feedback, nowUs)) takeFeedback(nowUs);
  } else if (const auto* request = std::get_if<KeyFrameRequest>(&message)) {
    if (request->mediaSsrc != options_.mediaSsrc) return;
    stats_.keyRequests++;
    state_.keyWanted.store(true, std::memory_order_relaxed);
  } else if (const auto* report = std::get_if<ReceiverReport>(&message)) {
    for (const ReportBlock& block : report->blocks) takeReport(block, nowUs);
  }
}

void LinkSender::takeReport(const ReportBlock& block, std::int64_t nowUs) {
  if (block.ssrc != options_.mediaSsrc || block.lastSenderReport == 0 || reader_.exactRtt()) return;
  if (std::find(reportsNtp_.begin(), reportsNtp_.end(), block.lastSenderReport) == reportsNtp_.end()) {
    stats_.lies++;
    return;
  }
  // RFC 3550 §6.4.1.
  const auto ticks = static_cast<std::int32_t>(ntpMiddle(ntp(nowUs)) - block.lastSenderReport - block.delaySinceSenderReport);
  const std::int64_t rttUs = std::int64_t{ticks} * 15'625 / 1'024;
  if (rttUs <= 0 || rttUs > 5'000'000) return;
  if (!rttReported_) rttUs_ = 0;
  rttReported_ = true;
  smoothRtt(rttUs);
}

void LinkSender::takeNack(const Nack& nack, std::int64_t nowUs) {
  if (!options_.rtx || nack.mediaSsrc != options_.mediaSsrc) return;
  // When a second try would come too late, the first one goes twice.
  const int times = 5 * rttUs_ / 2 > options_.deadlineUs - options_.frameUs / 2 ? 2 : 1;
  for (const std::uint16_t sequence : nack.sequences) {
    stats_.nacked++;
    const RingPacket* packet = ring_.find(sequence);
    if (packet == nullptr) {
      stats_.tooLate++;
      // Not for a number that no packet had, nor for one of long ago.
      const bool waits = options_.waitsForLost && history_.find(LinkStream::media, sequence) != nullptr;
      if (waits) state_.keyWanted.store(true, std::memory_order_relaxed);
      continue;
    }
    const bool underWay = packet->resends > 0 && nowUs - packet->sentUs < rttUs_;
    if (!underWay) resends_.push(sequence, times);
  }
}

LinkSender::Flight* LinkSender::flight(std::int64_t frame) {
  const std::int64_t index = frame - firstFlight_;
  return index >= 0 && index < static_cast<std::int64_t>(flights_.size()) ? &flights_[static_cast<std::size_t>(index)] : nullptr;
}

void LinkSender::takeFeedback(std::int64_t nowUs) {
  for (const FeedbackReader::Fate& fate : reader_.fates()) {
    Flight* one = flight(fate.packet.frame);
    if (one == nullptr) continue;
    if (fate.packet.stream == LinkStream::media) {
      if (!fate.received) one->fate.lost++;
      if (fate.wasLost) one->fate.lost--;
    } else if (fate.packet.stream == LinkStream::rtx && fate.received && fate.packet.sentUs <= one->captureUs + options_.deadlineUs) {
      one->fate.repaired++;
    }
  }
  // What is held back counts for the controller, whose smallest of many is close, but not for deadlines.
  if (reader_.exactRtt() || !rttReported_) smoothRtt(reader_.rttUs());
  controller_->onFeedback({nowUs, reader_.rttUs(), reader_.reports()});
}

void LinkSender::smoothRtt(std::int64_t rttUs) {
  if (rttUs <= 0) return;
  rttUs_ = rttUs_ == 0 ? rttUs : rttUs_ + (rttUs - rttUs_) / 8;  // RFC 6298 §2
  // Without retransmission parity alone can help.
  policy_.setRtt(options_.rtx ? rttUs_ : 2 * options_.deadlineUs);
}

void LinkSender::settleFlights(std::int64_t nowUs) {
  while (!flights_.empty() && nowUs > flights_.front().captureUs + options_.deadlineUs + 2 * rttUs_ + settleUs) {
    FecPolicy::Frame fate = flights_.front().fate;
    fate.nowUs = nowUs;
    // Parity may have been faster than the report of the loss, and a packet sent again twice.
    fate.resent = std::min(fate.resent, fate.lost);
    fate.repaired = std::min(fate.repaired, fate.resent);
    policy_.onFrame(fate);
    flights_.pop_front();
    firstFlight_++;
  }
}

void LinkSender::publish(std::int64_t nowUs) {
  const bool wasBlind = target_.blind;
  target_ = controller_->target();
  // The pause after a blind packet may be long, and is no longer needed.
  if (wasBlind && !target_.blind) nextUs_ = std::min(nextUs_, nowUs);
  resends_.earn(nowUs, target_.mediaBps);
  // What headers, parity and repairs leave to the pictures.
  const double resent = target_.mediaBps > 0 ? resends_.spentBps() / target_.mediaBps : 0;
  state_.mediaShare.store(payloadShare_ / (1 + std::min(mostRepairs, policy_.overhead() + resent)), std::memory_order_relaxed);
  state_.queueUs.store(target_.queueUs, std::memory_order_relaxed);
  state_.mediaBps.store(target_.mediaBps, std::memory_order_relaxed);
  state_.pacingBps.store(target_.pacingBps, std::memory_order_relaxed);
  state_.blind.store(target_.blind, std::memory_order_relaxed);
}

LinkSender::Stats LinkSender::stats() const {
  Stats stats = stats_;
  stats.lies += reader_.lies();
  stats.fecRatio = policy_.ratio();
  stats.rttUs = rttUs_;
  stats.target = target_;
  return stats;
}

}  // namespace feimu
