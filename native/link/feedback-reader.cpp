#include "link/feedback-reader.h"

#include <algorithm>
#include <optional>

namespace feimu {

namespace {
/// What no report tells of, although one told of a packet sent so much later: the reports got lost with it.
constexpr std::int64_t unreportedUs = 500'000;
constexpr std::int64_t longestRttUs = 10'000'000;
/// A round trip this little below zero is a clock read in steps: RFC 8888's are of 1/1024 s.
constexpr std::int64_t clockStepUs = 2'000;
constexpr std::uint8_t congestionExperienced = 3;  // RFC 3168 §5
}  // namespace

void FeedbackReader::begin() {
  reports_.clear();
  fates_.clear();
  newest_ = -1;
  rttUs_ = 0;
}

bool FeedbackReader::read(const CongestionFeedback& feedback, std::int64_t nowUs) {
  begin();
  congestionHeard_ = true;
  const std::int64_t reportUs = congestionClock_.unwrap(std::int64_t{feedback.timestamp} * 15'625 / 1'024, nowUs);
  for (const CongestionFeedback::Stream& stream : feedback.streams) {
    std::optional<LinkStream> kind;
    if (stream.ssrc == ssrcs_.media) kind = LinkStream::media;
    else if (stream.ssrc == ssrcs_.rtx) kind = LinkStream::rtx;
    else if (stream.ssrc == ssrcs_.fec) kind = LinkStream::fec;
    if (!kind) {
      lies_++;
      continue;
    }
    std::uint16_t sequence = stream.beginSequence;
    for (const CongestionFeedback::Packet& packet : stream.packets) {
      SentRecord* sent = history_.find(*kind, sequence++);
      if (sent == nullptr) {
        lies_ += packet.received ? 1 : 0;
        continue;
      }
      if (packet.received && packet.arrivalOffset == CongestionFeedback::overRange) continue;  // nobody knows when
      const bool after = packet.arrivalOffset == CongestionFeedback::unknown;
      const std::int64_t heldUs = after ? 0 : std::int64_t{packet.arrivalOffset} * 15'625 / 16;
      take(*sent, packet.received, packet.ecn == congestionExperienced, reportUs - heldUs, heldUs);
    }
  }
  finish(nowUs);
  return true;
}

bool FeedbackReader::read(const TransportFeedback& feedback, std::int64_t nowUs) {
  begin();
  if (congestionHeard_) return false;
  // One shift for all of a report: within it times do not wrap.
  std::optional<std::int64_t> shiftUs;
  for (const TransportFeedback::Packet& packet : feedback.packets) {
    SentRecord* sent = history_.findTransport(packet.sequence);
    if (sent == nullptr) {
      lies_ += packet.received ? 1 : 0;
      continue;
    }
    if (packet.received && !shiftUs) shiftUs = transportClock_.unwrap(packet.arrivedUs, nowUs) - packet.arrivedUs;
    take(*sent, packet.received, false, packet.received ? packet.arrivedUs + *shiftUs : 0, 0);
  }
  finish(nowUs);
  return true;
}

void FeedbackReader::take(SentRecord& packet, bool received, bool congested, std::int64_t arrivedUs, std::int64_t heldUs) {
  const bool came = received && packet.lost;
  if (packet.reported && !came) return;
  if (received && packet.sequence > newest_) {
    newest_ = packet.sequence;
    newestSentUs_ = packet.sentUs;
    newestHeldUs_ = heldUs;
  }
  reports_.push_back({packet.sequence, received, congested, arrivedUs});
  fates_.push_back({packet, received, packet.lost});
  packet.reported = true;
  packet.lost = !received;
}

void FeedbackReader::finish(std::int64_t nowUs) {
  if (newest_ < 0) return;
  unreported_ = std::max(unreported_, history_.oldest());
  const std::int64_t beforeUs = newestSentUs_ - unreportedUs;
  for (; unreported_ < newest_; unreported_++) {
    SentRecord* packet = history_.find(unreported_);
    if (packet == nullptr || packet->reported) continue;
    if (packet->sentUs >= beforeUs) break;
    take(*packet, false, false, 0, 0);
  }
  const std::int64_t rttUs = nowUs - newestSentUs_ - newestHeldUs_;
  if (rttUs > -clockStepUs && rttUs < longestRttUs) rttUs_ = std::max<std::int64_t>(rttUs, 1);
  std::sort(reports_.begin(), reports_.end(), [](const PacketReport& a, const PacketReport& b) { return a.sequence < b.sequence; });
}

}  // namespace feimu
