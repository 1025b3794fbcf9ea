#include "link/link-receiver.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "link/circuit-breaker.h"
#include "link/delay-base.h"
#include "link/fec.h"
#include "link/feedback-builder.h"
#include "link/nack-tracker.h"
#include "link/reassembly.h"
#include "link/reception.h"
#include "link/rtcp.h"
#include "link/rtp-extensions.h"
#include "link/rtp-packet.h"
#include "link/rtx.h"

namespace feimu {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t longAgo = std::numeric_limits<std::int64_t>::min() / 2;
constexpr std::int64_t reportEveryUs = 1'000'000;
constexpr std::int64_t keyRequestEveryUs = 300'000;  // what a libwebrtc sender answers at most
constexpr std::int64_t silentAfterUs = 500'000;      // then another SSRC may take the stream's place
constexpr std::int64_t clockBackUs = 500'000;
constexpr std::size_t maxRtcpBytes = 1200;
constexpr std::size_t nackHeaderBytes = 12;
constexpr std::size_t nackItemBytes = 4;

FeedbackBuilder::Kind kindOf(LinkReceiver::FeedbackKind kind) {
  switch (kind) {
    case LinkReceiver::FeedbackKind::transportWide: return FeedbackBuilder::Kind::transportWide;
    case LinkReceiver::FeedbackKind::congestion: return FeedbackBuilder::Kind::congestion;
    default: return FeedbackBuilder::Kind::none;
  }
}

class Receiver final : public LinkReceiver {
 public:
  Receiver(const Options& options, Sink sink)
      : options_(options),
        reassembly_(options.deadlineUs, std::move(sink)),
        nack_({.deadlineUs = options.deadlineUs}),
        feedback_({.kind = kindOf(options.feedback), .ownSsrc = options.ownSsrc, .everyUs = options.feedbackEveryUs}) {
    if (options.fecPayloadType != 0) fec_.emplace(FecDecoder::Options{.maxPayloadBytes = Reassembly::maxPayloadBytes});
    rtcp_.reserve(maxRtcpBytes);
    receiverReport_ = ReceiverReport{.ssrc = options.ownSsrc, .blocks = {}};
    nackMessage_ = Nack{.senderSsrc = options.ownSsrc, .mediaSsrc = 0, .sequences = {}};
  }

  void onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) override {
    noteTime(arrivedUs);
    if (isRtcp(bytes)) return onRtcp(bytes, arrivedUs);
    const auto packet = parseRtp(bytes);
    if (!packet || packet->payload.size() > Reassembly::maxPayloadBytes) {
      malformed_++;
      return;
    }
    const Datagram datagram{*packet, arrivedUs, ecn};
    if (packet->payloadType == options_.mediaPayloadType) {
      onMedia(datagram);
    } else if (options_.rtxPayloadType != 0 && packet->payloadType == options_.rtxPayloadType) {
      onRtx(datagram);
    } else if (options_.fecPayloadType != 0 && packet->payloadType == options_.fecPayloadType) {
      onFec(datagram);
    } else {
      foreign_++;
    }
  }

  std::size_t next(std::int64_t nowUs, std::span<std::uint8_t> out) override {
    noteTime(nowUs);
    if (!media_) return 0;
    reassembly_.expire(nowUs);
    rtcp_.clear();
    const std::size_t limit = std::min(out.size(), maxRtcpBytes);
    if (nowUs >= reportDueUs()) writeReport(nowUs, limit);
    if (nowUs >= keyDueUs()) writeKeyFrameRequest(nowUs, limit);
    if (nowUs >= nack_.wakeUs()) writeNack(nowUs, limit);
    feedback_.build(nowUs, limit - rtcp_.size(), rtcp_);
    std::memcpy(out.data(), rtcp_.data(), rtcp_.size());
    return rtcp_.size();
  }

  [[nodiscard]] std::int64_t wakeUs() const override {
    return std::min({reassembly_.wakeUs(), nack_.wakeUs(), feedback_.wakeUs(), reportDueUs(), keyDueUs()});
  }

  void requestKeyFrame() override { reassembly_.abandon(); }

  [[nodiscard]] Stats stats() const override {
    Stats stats;
    stats.packets = packets_;
    stats.lost = nack_.stats().lost;
    stats.duplicates = duplicates_;
    stats.late = late_;
    stats.malformed = malformed_ + reassembly_.stats().malformed;
    stats.foreign = foreign_;
    stats.nacked = nack_.stats().asked;
    stats.repairedByRtx = repairedByRtx_;
    stats.repairedByFec = repairedByFec_;
    stats.frames = reassembly_.stats().frames;
    stats.framesGivenUp = reassembly_.stats().framesGivenUp;
    stats.keyFrameRequests = keyFrameRequests_;
    stats.jitterUs = media_ ? media_->jitterUs() : 0;
    stats.queueDelayUs = delay_.queueDelayUs();
    stats.skewPpm = delay_.skewPpm();
    stats.broken = watch_.broken(nowUs_);
    return stats;
  }

 private:
  struct Datagram {
    const RtpPacket& packet;
    std::int64_t arrivedUs;
    std::uint8_t ecn;
  };

  void noteTime(std::int64_t nowUs) {
    // Our clock was set back: what is timed by it would wait for long.
    if (nowUs < nowUs_ - clockBackUs) {
      reassembly_.abandon();
      nack_.reset();
      feedback_.reset();
      reportedUs_ = longAgo;
      keyRequestedUs_ = longAgo;
      watch_.onMedia(nowUs);
      nowUs_ = nowUs;
    }
    nowUs_ = std::max(nowUs_, nowUs);
  }

  void onRtcp(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs) {
    messages_.clear();
    if (!parseRtcp(bytes, messages_)) malformed_++;
    for (const RtcpMessage& message : messages_) {
      const auto* report = std::get_if<SenderReport>(&message);
      if (report == nullptr) continue;
      for (auto* stream : {&media_, &rtx_, &parity_}) {
        if (*stream && (*stream)->ssrc() == report->ssrc) (*stream)->onSenderReport(report->ntp, arrivedUs);
      }
    }
  }

  bool isMedia(std::uint32_t ssrc, std::int64_t arrivedUs) const {
    if (options_.mediaSsrc != 0) return ssrc == options_.mediaSsrc;
    return !media_ || media_->ssrc() == ssrc || arrivedUs - media_->lastArrivedUs() >= silentAfterUs;
  }

  void onMedia(const Datagram& datagram) {
    const RtpPacket& packet = datagram.packet;
    if (!isMedia(packet.ssrc, datagram.arrivedUs)) {
      foreign_++;
      return;
    }
    if (!media_ || media_->ssrc() != packet.ssrc) {
      media_.emplace(packet.ssrc);
      rtx_.reset();
      parity_.reset();
      feedback_.reset();
      reportedUs_ = datagram.arrivedUs;
    }
    const auto sequence = accept(*media_, datagram);
    if (!sequence) return;
    watch_.onMedia(datagram.arrivedUs);
    if (*sequence > newest_) measure(packet, datagram.arrivedUs);
    deliver({*sequence, packet.timestamp, packet.marker, datagram.arrivedUs, packet.payload}, false);
    feedFec(packet, datagram.arrivedUs);
  }

  void onRtx(const Datagram& datagram) {
    if (!accept(rtx_, datagram)) return;
    const auto original = restoreRtx(datagram.packet, media_->ssrc(), options_.mediaPayloadType);
    if (!original) return;  // padding that probes the path
    const std::int64_t sequence = media_->unwrap(original->sequence);
    if (!mayRepair(sequence)) {
      late_++;
      return;
    }
    deliver({sequence, original->timestamp, original->marker, datagram.arrivedUs, original->payload}, true);
    feedFec(*original, datagram.arrivedUs);
  }

  void onFec(const Datagram& datagram) {
    if (!accept(parity_, datagram)) return;
    takeRecovered(fec_->onParity(datagram.packet.timestamp, datagram.packet.payload), datagram.arrivedUs);
  }

  void feedFec(const RtpPacket& packet, std::int64_t arrivedUs) {
    if (!fec_) return;
    takeRecovered(fec_->onMedia(packet.sequence, packet.timestamp, packet.marker, packet.payload), arrivedUs);
  }

  void takeRecovered(std::span<const FecRecovered> recovered, std::int64_t arrivedUs) {
    for (const FecRecovered& packet : recovered) {
      const std::int64_t sequence = media_->unwrap(packet.sequence);
      if (!mayRepair(sequence)) continue;
      noteGap(sequence, arrivedUs);
      const auto outcome = reassembly_.push({sequence, packet.timestamp, packet.marker, arrivedUs, packet.payload});
      if (outcome != Reassembly::Outcome::taken) continue;
      nack_.onRecovered(sequence);
      repairedByFec_++;
    }
  }

  /// A stream beside the media: the first SSRC that comes with its payload type.
  std::optional<std::int64_t> accept(std::optional<Reception>& stream, const Datagram& datagram) {
    const std::uint32_t ssrc = datagram.packet.ssrc;
    const bool other = stream && stream->ssrc() != ssrc;
    if (!media_ || ssrc == media_->ssrc() || (other && datagram.arrivedUs - stream->lastArrivedUs() < silentAfterUs)) {
      foreign_++;
      return std::nullopt;
    }
    if (!stream || other) stream.emplace(ssrc);
    return accept(*stream, datagram);
  }

  std::optional<std::int64_t> accept(Reception& stream, const Datagram& datagram) {
    const RtpPacket& packet = datagram.packet;
    const auto verdict = stream.take(packet.sequence, datagram.arrivedUs);
    if (!verdict) {
      foreign_++;
      return std::nullopt;
    }
    if (verdict->restarted) {
      feedback_.resetStream(packet.ssrc);
      if (&stream == &*media_) restartMedia(verdict->sequence, packet.timestamp);
    }
    packets_++;
    const bool endsFrame = packet.marker && &stream == &*media_;
    feedback_.onPacket(packet.ssrc, verdict->sequence, datagram.arrivedUs, datagram.ecn & 3, endsFrame);
    if (options_.feedback == FeedbackKind::transportWide && options_.transportSequenceId != 0) {
      const auto number = parseTransportSequence(packet.extension(options_.transportSequenceId));
      if (number) feedback_.onTransportSequence(media_->ssrc(), *number, datagram.arrivedUs, endsFrame);
    }
    return verdict->sequence;
  }

  void restartMedia(std::int64_t sequence, std::uint32_t timestamp) {
    reassembly_.reset();
    nack_.reset();
    if (fec_) fec_->reset();
    delay_ = {};
    newest_ = sequence - 1;
    timestamp_ = timestamp;
    unwrappedTimestamp_ = timestamp;
    measuredFirst_ = false;
  }

  /// Repairs may run ahead of the media (a frame's end that was lost), but not so far that forged ones make the media
  /// itself look late.
  bool mayRepair(std::int64_t sequence) const {
    const std::int64_t ahead = sequence - media_->highest();
    return ahead > -std::int64_t{Reassembly::slotCount} && ahead < std::int64_t{Reassembly::slotCount} / 4;
  }

  /// A new packet of the media, not a resend: jitter, and the delay of its frame's first.
  void measure(const RtpPacket& packet, std::int64_t arrivedUs) {
    media_->measureJitter(packet.timestamp, arrivedUs);
    if (measuredFirst_ && packet.timestamp == timestamp_) return;
    measuredFirst_ = true;
    unwrappedTimestamp_ += static_cast<std::int32_t>(packet.timestamp - timestamp_);
    timestamp_ = packet.timestamp;
    delay_.add(unwrappedTimestamp_ * 100 / 9, arrivedUs);
  }

  void noteGap(std::int64_t sequence, std::int64_t nowUs) {
    if (sequence <= newest_) return;
    nack_.onMissing(newest_ + 1, sequence - newest_ - 1, nowUs);
    newest_ = sequence;
  }

  void deliver(const Reassembly::Packet& packet, bool retransmission) {
    const auto arrival = nack_.onArrived(packet.sequence, packet.arrivedUs, retransmission);
    noteGap(packet.sequence, packet.arrivedUs);
    switch (reassembly_.push(packet)) {
      case Reassembly::Outcome::taken:
        if (arrival == NackTracker::Arrival::repaired) repairedByRtx_++;
        break;
      case Reassembly::Outcome::duplicate:
        // A retransmission of what is there may be a probe.
        if (!retransmission) duplicates_++;
        break;
      case Reassembly::Outcome::late: late_++; break;
      case Reassembly::Outcome::malformed: break;  // counted there
    }
  }

  std::int64_t reportDueUs() const { return watch_.alive(nowUs_) ? reportedUs_ + reportEveryUs : never; }

  std::int64_t keyDueUs() const {
    // A stream that does not come cannot answer; an IDR that is on its way already is the answer.
    if (!reassembly_.waitsForKey() || !watch_.alive(nowUs_)) return never;
    return std::max(keyRequestedUs_ + keyRequestEveryUs, reassembly_.keyArrivedUs() + options_.deadlineUs);
  }

  void writeReport(std::int64_t nowUs, std::size_t limit) {
    reportedUs_ = nowUs;
    auto& blocks = std::get<ReceiverReport>(receiverReport_).blocks;
    blocks.clear();
    for (auto* stream : {&media_, &rtx_, &parity_}) {
      if (*stream && (*stream)->started()) blocks.push_back((*stream)->report(nowUs));
    }
    writeRtcp(receiverReport_, rtcp_, limit - rtcp_.size());
  }

  void writeKeyFrameRequest(std::int64_t nowUs, std::size_t limit) {
    keyRequestedUs_ = nowUs;
    const KeyFrameRequest request{.senderSsrc = options_.ownSsrc, .mediaSsrc = media_->ssrc()};
    if (writeRtcp(request, rtcp_, limit - rtcp_.size())) keyFrameRequests_++;
  }

  void writeNack(std::int64_t nowUs, std::size_t limit) {
    auto& nack = std::get<Nack>(nackMessage_);
    const std::size_t room = limit - rtcp_.size();
    if (options_.nack && room >= nackHeaderBytes + nackItemBytes) {
      nack.mediaSsrc = media_->ssrc();
      const auto wants = [this](std::int64_t sequence) { return reassembly_.wants(sequence); };
      nack_.collect(nowUs, (room - nackHeaderBytes) / nackItemBytes, wants, nack.sequences);
      if (!nack.sequences.empty()) writeRtcp(nackMessage_, rtcp_, room);
    }
    nack_.expire(nowUs);
  }

  const Options options_;
  Reassembly reassembly_;
  NackTracker nack_;
  FeedbackBuilder feedback_;
  DelayBase delay_;
  MediaWatch watch_;
  std::optional<FecDecoder> fec_;
  std::optional<Reception> media_;
  std::optional<Reception> rtx_;
  std::optional<Reception> parity_;
  std::int64_t newest_ = 0;  // media sequence number, unwrapped, that any packet told of
  std::uint32_t timestamp_ = 0;
  std::int64_t unwrappedTimestamp_ = 0;
  bool measuredFirst_ = false;
  std::int64_t nowUs_ = longAgo;
  std::int64_t reportedUs_ = longAgo;
  std::int64_t keyRequestedUs_ = longAgo;
  std::vector<RtcpMessage> messages_;
  RtcpMessage receiverReport_;
  RtcpMessage nackMessage_;
  std::vector<std::uint8_t> rtcp_;
  std::uint64_t packets_ = 0, duplicates_ = 0, late_ = 0, malformed_ = 0, foreign_ = 0;
  std::uint64_t repairedByRtx_ = 0, repairedByFec_ = 0, keyFrameRequests_ = 0;
};

}  // namespace

std::unique_ptr<LinkReceiver> LinkReceiver::make(const Options& options, Sink sink) {
  return std::make_unique<Receiver>(options, std::move(sink));
}

}  // namespace feimu
