#include "link/feedback-builder.h"

#include <algorithm>

namespace feimu {

namespace {
constexpr std::size_t congestionBytes = 16;  // header, sender's SSRC, timestamp
constexpr std::size_t streamBytes = 8 + 2;   // SSRC, range, padding
constexpr std::size_t packetBytes = 2;
constexpr std::size_t transportBytes = 24;   // header to packet count, padding

std::uint32_t middleNtp(std::int64_t us) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(us) * 65536 / 1'000'000);
}
}  // namespace

void ArrivalHistory::add(std::int64_t sequence, std::int64_t arrivedUs, std::uint8_t ecn) {
  if (!started_) {
    started_ = true;
    oldest_ = newest_ = reported_ = lastBegin_ = sequence;
  }
  if (sequence <= newest_ - span) return;
  Arrival& arrival = arrivals_[slot(sequence)];
  if (arrival.sequence == sequence) {
    // RFC 8888 §3.1 of duplicates: the first one's time; congestion if any of them was marked.
    if (ecn == 3) arrival.ecn = 3;
    return;
  }
  arrival = {sequence, arrivedUs, ecn};
  newest_ = std::max(newest_, sequence);
  oldest_ = std::max(std::min(oldest_, sequence), newest_ - span + 1);
  if (sequence < reported_) lateFrom_ = std::min(lateFrom_, sequence);
}

const ArrivalHistory::Arrival* ArrivalHistory::find(std::int64_t sequence) const {
  const Arrival& arrival = arrivals_[slot(sequence)];
  return arrival.sequence == sequence ? &arrival : nullptr;
}

std::int64_t ArrivalHistory::firstGap(std::int64_t nowUs, std::int64_t reorderUs, std::int64_t& ripeUs) const {
  // From the newest down: the packet above a gap is what showed it.
  std::int64_t first = newest_ + 1;
  std::int64_t seenUs = std::numeric_limits<std::int64_t>::max();
  ripeUs = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t sequence = newest_; sequence >= std::max(reported_, oldest_); sequence--) {
    if (const Arrival* arrival = find(sequence)) {
      seenUs = std::min(seenUs, arrival->arrivedUs);
    } else if (seenUs + reorderUs > nowUs) {
      first = sequence;
      ripeUs = seenUs + reorderUs;
    }
  }
  return first;
}

ArrivalHistory::Range ArrivalHistory::fresh(std::int64_t nowUs, std::int64_t reorderUs) const {
  if (!started_) return {};
  std::int64_t ripeUs = 0;
  const std::int64_t begin = std::max(reported_, oldest_);
  return {begin, std::max(begin, firstGap(nowUs, reorderUs, ripeUs))};
}

std::int64_t ArrivalHistory::gapRipeUs(std::int64_t nowUs, std::int64_t reorderUs) const {
  std::int64_t ripeUs = std::numeric_limits<std::int64_t>::max();
  if (started_) firstGap(nowUs, reorderUs, ripeUs);
  return ripeUs;
}

std::int64_t ArrivalHistory::repeatFrom(const Range& fresh) const {
  return std::max(oldest_, std::min({fresh.begin, lastBegin_, lateFrom_}));
}

std::int64_t ArrivalHistory::lateFrom(const Range& fresh) const {
  return std::max(oldest_, std::min(fresh.begin, lateFrom_));
}

void ArrivalHistory::onReported(const Range& fresh) {
  lastBegin_ = fresh.begin;
  reported_ = fresh.end;
  lateFrom_ = std::numeric_limits<std::int64_t>::max();
}

void ArrivalHistory::reset() {
  for (Arrival& arrival : arrivals_) arrival = {};
  started_ = false;
  lateFrom_ = std::numeric_limits<std::int64_t>::max();
}

FeedbackBuilder::Stream& FeedbackBuilder::stream(std::uint32_t ssrc, std::int64_t arrivedUs) {
  Stream* oldest = streams_.data();
  for (Stream& stream : streams_) {
    if (stream.used && stream.ssrc == ssrc) {
      stream.usedUs = arrivedUs;
      return stream;
    }
    if (!stream.used || (oldest->used && stream.usedUs < oldest->usedUs)) oldest = &stream;
  }
  oldest->history.reset();
  oldest->used = true;
  oldest->ssrc = ssrc;
  oldest->usedUs = arrivedUs;
  return *oldest;
}

void FeedbackBuilder::onPacket(std::uint32_t ssrc, std::int64_t sequence, std::int64_t arrivedUs, std::uint8_t ecn,
                               bool endsFrame) {
  if (options_.kind != Kind::congestion) return;
  stream(ssrc, arrivedUs).history.add(sequence, arrivedUs, ecn);
  onArrival(arrivedUs, endsFrame);
}

void FeedbackBuilder::onTransportSequence(std::uint32_t mediaSsrc, std::uint16_t sequence, std::int64_t arrivedUs,
                                          bool endsFrame) {
  if (options_.kind != Kind::transportWide) return;
  Stream& stream = streams_[0];
  const auto ahead = static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(transportNewest_));
  // The numbers have no owner that could say that they began anew: what is far away is another numbering.
  if (!stream.used || ahead >= ArrivalHistory::span || ahead <= -ArrivalHistory::span) {
    stream.history.reset();
    stream.used = true;
    transportNewest_ = sequence;
  }
  const std::int64_t unwrapped = transportNewest_ + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(transportNewest_));
  transportNewest_ = std::max(transportNewest_, unwrapped);
  transportSsrc_ = mediaSsrc;
  stream.history.add(unwrapped, arrivedUs, 0);
  onArrival(arrivedUs, endsFrame);
}

void FeedbackBuilder::onArrival(std::int64_t arrivedUs, bool endsFrame) {
  const std::int64_t floor = reportedUs_ + options_.everyUs;
  wakeUs_ = std::min(wakeUs_, std::max(floor, endsFrame ? arrivedUs : arrivedUs + options_.everyUs));
}

bool FeedbackBuilder::build(std::int64_t nowUs, std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  if (nowUs < wakeUs_) return false;
  bool complete = true;
  const bool built = options_.kind == Kind::congestion ? buildCongestion(nowUs, maxBytes, out, complete)
                                                       : buildTransport(nowUs, maxBytes, out, complete);
  if (built) reportedUs_ = nowUs;
  wakeUs_ = never;
  if (built && !complete) wakeUs_ = nowUs;
  for (const Stream& stream : streams_) {
    if (!stream.used) continue;
    const std::int64_t ripeUs = stream.history.gapRipeUs(nowUs, options_.reorderUs);
    if (ripeUs != never) wakeUs_ = std::min(wakeUs_, std::max(ripeUs, reportedUs_ + options_.everyUs));
  }
  return built;
}

bool FeedbackBuilder::buildCongestion(std::int64_t nowUs, std::size_t maxBytes, std::vector<std::uint8_t>& out,
                                      bool& complete) {
  if (!std::holds_alternative<CongestionFeedback>(message_)) message_ = CongestionFeedback{};
  auto& feedback = std::get<CongestionFeedback>(message_);
  feedback.senderSsrc = options_.ownSsrc;
  feedback.timestamp = middleNtp(nowUs);

  std::array<ArrivalHistory::Range, maxStreams> fresh{};
  std::int64_t room = (static_cast<std::int64_t>(maxBytes) - static_cast<std::int64_t>(congestionBytes)) / static_cast<std::int64_t>(packetBytes);
  std::size_t count = 0;
  for (std::size_t i = 0; i < maxStreams; i++) {
    if (!streams_[i].used) continue;
    fresh[i] = streams_[i].history.fresh(nowUs, options_.reorderUs);
    if (fresh[i].size() == 0) continue;
    room -= static_cast<std::int64_t>(streamBytes / packetBytes);
    const std::int64_t fits = std::clamp<std::int64_t>(room, 0, fresh[i].size());
    complete = complete && fits == fresh[i].size();
    fresh[i].end = fresh[i].begin + fits;
    room -= fits;
    if (fits > 0) count++;
  }
  feedback.streams.resize(count);
  std::size_t next = 0;
  for (std::size_t i = 0; i < maxStreams && next < count; i++) {
    if (fresh[i].size() == 0) continue;
    const std::int64_t begin = std::max(streams_[i].history.repeatFrom(fresh[i]), fresh[i].begin - std::max<std::int64_t>(0, room));
    room -= fresh[i].begin - begin;
    auto& stream = feedback.streams[next++];
    stream.ssrc = streams_[i].ssrc;
    stream.beginSequence = static_cast<std::uint16_t>(begin);
    stream.packets.clear();
    for (std::int64_t sequence = begin; sequence < fresh[i].end; sequence++) {
      const auto* arrival = streams_[i].history.find(sequence);
      CongestionFeedback::Packet packet;
      if (arrival != nullptr) {
        // In the timestamp's own units, so that both ends reckon alike; to the nearest 1/1024 s.
        const std::int64_t age = std::max<std::int64_t>(0, nowUs - arrival->arrivedUs);
        packet.received = true;
        packet.ecn = arrival->ecn;
        packet.arrivalOffset = static_cast<std::uint16_t>(std::min<std::int64_t>((age * 1024 + 500'000) / 1'000'000, CongestionFeedback::overRange));
      }
      stream.packets.push_back(packet);
    }
  }
  if (count == 0 || !writeRtcp(message_, out, maxBytes)) return false;
  for (std::size_t i = 0; i < maxStreams; i++) {
    if (fresh[i].size() > 0) streams_[i].history.onReported(fresh[i]);
  }
  return true;
}

bool FeedbackBuilder::buildTransport(std::int64_t nowUs, std::size_t maxBytes, std::vector<std::uint8_t>& out,
                                     bool& complete) {
  if (!std::holds_alternative<TransportFeedback>(message_)) message_ = TransportFeedback{};
  auto& feedback = std::get<TransportFeedback>(message_);
  ArrivalHistory& history = streams_[0].history;
  ArrivalHistory::Range fresh = history.fresh(nowUs, options_.reorderUs);
  if (fresh.size() == 0 || maxBytes <= transportBytes) return false;
  // A status takes 2/7 byte in a vector chunk, an arrival two more at most.
  const auto room = static_cast<std::int64_t>((maxBytes - transportBytes) * 7 / 16);
  const std::int64_t begin = std::max(history.lateFrom(fresh), std::min(fresh.begin, fresh.end - room));
  std::int64_t most = std::min(fresh.end - begin, room);
  feedback.senderSsrc = options_.ownSsrc;
  feedback.mediaSsrc = transportSsrc_;
  feedback.count = transportCount_;
  // Arrivals too far apart for one report (8 s), or many large steps: say less in one.
  for (; most > 0; most /= 2) {
    feedback.packets.clear();
    for (std::int64_t sequence = begin; sequence < begin + most; sequence++) {
      const auto* arrival = history.find(sequence);
      feedback.packets.push_back({static_cast<std::uint16_t>(sequence), arrival != nullptr, arrival != nullptr ? arrival->arrivedUs : 0});
    }
    if (writeRtcp(message_, out, maxBytes)) break;
  }
  if (most == 0) return false;
  complete = begin + most == fresh.end;
  fresh = {begin, begin + most};
  history.onReported(fresh);
  transportCount_++;
  return true;
}

void FeedbackBuilder::resetStream(std::uint32_t ssrc) {
  for (Stream& stream : streams_) {
    if (stream.used && stream.ssrc == ssrc && options_.kind == Kind::congestion) stream.history.reset();
  }
}

void FeedbackBuilder::reset() {
  for (Stream& stream : streams_) {
    stream.used = false;
    stream.history.reset();
  }
  reportedUs_ = std::numeric_limits<std::int64_t>::min() / 2;
  wakeUs_ = never;
}

}  // namespace feimu
