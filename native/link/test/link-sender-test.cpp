#include "link/link-sender.h"

#include <algorithm>
#include <map>
#include <optional>

#include "link/byte-order.h"
#include "link/fixed-controller.h"
#include "link/ntp-time.h"
#include "link/rtp-extensions.h"
#include "link/rtx.h"
#include "link/test/unix-time.h"
#include "testing/check.h"

using namespace feimu;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::int64_t ms = 1'000;
constexpr std::int64_t second = 1'000'000;
constexpr std::size_t maxPayloadBytes = 1'002;
constexpr std::uint32_t mediaSsrc = 11, rtxSsrc = 22, fecSsrc = 33;
constexpr std::uint8_t mediaType = 96, rtxType = 97, fecType = 98;

/// Does what the test says, and keeps what it was told.
class Script final : public CongestionController {
 public:
  RateTarget now{.pacingBps = 8e6, .mediaBps = 4e6, .windowBytes = 1'000'000, .state = "Script"};
  std::int64_t inflight = 0;
  std::vector<SentPacket> sent;
  std::vector<PacketReport> reports;
  std::int64_t rttUs = 0;
  int feedbacks = 0;

  void onSent(const SentPacket& packet) override {
    sent.push_back(packet);
    inflight += packet.sizeBytes;
  }
  void onFeedback(const FeedbackReport& report) override {
    feedbacks++;
    rttUs = report.rttUs;
    reports.assign(report.packets.begin(), report.packets.end());
  }
  void onTick(std::int64_t) override {}
  [[nodiscard]] std::int64_t wakeUs() const override { return INT64_MAX; }
  [[nodiscard]] std::int64_t inflightBytes() const override { return inflight; }
  [[nodiscard]] RateTarget target() const override { return now; }
};

std::shared_ptr<const EncodedFrame> frame(std::int64_t number, int packets, bool key, std::int64_t captureUs, bool first = true, bool last = true) {
  auto out = std::make_shared<EncodedFrame>();
  out->number = number;
  out->timestamp = static_cast<std::uint32_t>(number * 3'000);
  out->captureUs = captureUs;
  out->key = key;
  out->first = first;
  out->last = last;
  out->data.assign(5 + static_cast<std::size_t>(packets) * 1'000, static_cast<std::uint8_t>(number % 200 + 2));
  const std::array<std::uint8_t, 5> head{0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)};
  std::copy(head.begin(), head.end(), out->data.begin());
  return out;
}

struct Packet {
  Bytes bytes;
  std::int64_t atUs = 0;
  RtpPacket rtp;
};

struct Rig {
  std::int64_t nowUs = 100 * second;
  PacketRing ring{1'024};
  Script* script = new Script;
  LinkSender sender;
  std::int64_t number = 0;
  std::vector<Bytes> rtcp;

  /// Without a first flight what is paced is paced from the first packet on.
  explicit Rig(LinkSender::Options options = {}, std::int64_t firstFlight = 0)
      : sender(with(options, firstFlight), ring, std::unique_ptr<CongestionController>(script)) {
    std::array<std::uint8_t, 1'500> out;
    CHECK(sender.next(nowUs, out) == 0);
  }
  static LinkSender::Options with(LinkSender::Options options, std::int64_t firstFlight) {
    options.mediaSsrc = mediaSsrc;
    options.rtxSsrc = rtxSsrc;
    options.fecSsrc = fecSsrc;
    options.firstFlightBytes = firstFlight;
    return options;
  }
  void push(int packets, bool key = false, bool first = true, bool last = true) {
    CHECK(ring.push(frame(number, packets, key, nowUs, first, last), nowUs, maxPayloadBytes));
    if (last) number++;
  }
  /// All that may leave now.
  std::vector<Packet> poll() {
    std::vector<Packet> packets;
    std::array<std::uint8_t, 1'500> out;
    while (const std::size_t size = sender.next(nowUs, out)) {
      Bytes bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
      if (isRtcp(bytes)) {
        rtcp.push_back(bytes);
        continue;
      }
      Packet& packet = packets.emplace_back(Packet{std::move(bytes), nowUs, {}});
      packet.rtp = *parseRtp(packet.bytes);
    }
    return packets;
  }
  /// Until `us` later, woken as it wants; never more than once a microsecond.
  std::vector<Packet> run(std::int64_t us) {
    std::vector<Packet> all;
    int wakes = 0;
    for (const std::int64_t endUs = nowUs + us;;) {
      for (Packet& one : poll()) {
        all.push_back(std::move(one));
        all.back().rtp = *parseRtp(all.back().bytes);
      }
      wakes++;
      if (sender.wakeUs() > endUs) {
        nowUs = endUs;
        break;
      }
      nowUs = std::max(sender.wakeUs(), nowUs + 1);
    }
    CHECK(wakes < us / 100 + 100);  // asleep between its packets
    return all;
  }
  void tell(const RtcpMessage& message) {
    Bytes bytes;
    CHECK(writeRtcp(message, bytes, 1'400));
    sender.onPacket(bytes, nowUs, 0);
  }
  /// Makes it ask the controller.
  void nudge() { tell(ReceiverReport{.ssrc = 5, .blocks = {}}); }
  void nack(std::vector<std::uint16_t> sequences) { tell(Nack{.senderSsrc = 5, .mediaSsrc = mediaSsrc, .sequences = std::move(sequences)}); }
  /// RFC 8888 of these media packets, which arrived `agoUs` ago; the receiver's clock is its own.
  CongestionFeedback seen(std::uint16_t begin, std::vector<bool> received, std::int64_t agoUs = 0, std::uint32_t ssrc = mediaSsrc) {
    CongestionFeedback feedback;
    feedback.senderSsrc = 5;
    feedback.timestamp = clock(nowUs);
    auto& stream = feedback.streams.emplace_back();
    stream.ssrc = ssrc;
    stream.beginSequence = begin;
    for (const bool one : received) stream.packets.push_back({one, 1, static_cast<std::uint16_t>(one ? agoUs * 1'024 / second : 0)});
    return feedback;
  }
  static std::uint32_t clock(std::int64_t us) { return static_cast<std::uint32_t>((us + 12'345 * second) * 65'536 / second); }
};

std::vector<std::uint8_t> types(const std::vector<Packet>& packets) {
  std::vector<std::uint8_t> all;
  for (const Packet& one : packets) all.push_back(one.rtp.payloadType);
  return all;
}
std::size_t count(const std::vector<Packet>& packets, std::uint8_t type) {
  return static_cast<std::size_t>(std::count_if(packets.begin(), packets.end(), [type](const Packet& one) { return one.rtp.payloadType == type; }));
}

/// Two seconds in which every ninth packet is lost and a retransmission would come too late.
std::vector<Packet> loseMuch(Rig& rig) {
  std::vector<Packet> all;
  for (int i = 0; i < 60; i++) {
    rig.push(9);
    for (Packet& one : rig.run(33'333)) {
      all.push_back(std::move(one));
      all.back().rtp = *parseRtp(all.back().bytes);
    }
    rig.nowUs += 200 * ms;
    rig.tell(rig.seen(static_cast<std::uint16_t>(9 * i), {true, false, true, true, true, true, true, true, true}));
  }
  return all;
}

// Pacing

void sendsAQuantumAtOnce() {
  Rig rig;
  rig.push(30);
  CHECK(rig.poll().size() == 3);  // two packets of 1,500 bytes, as far as one begins within
  CHECK(rig.poll().empty());
  CHECK(rig.sender.wakeUs() > rig.nowUs && rig.sender.wakeUs() < rig.nowUs + 4 * ms);
  const auto rest = rig.run(200 * ms);
  CHECK(rest.size() == 27);
  std::map<std::int64_t, int> together;
  for (const Packet& one : rest) CHECK(++together[one.atUs] <= 3);
  // 30 packets of 1,050 bytes at 8 Mbps.
  CHECK(std::abs(rest.back().atUs - rest.front().atUs - 24 * 1'050) < 3 * ms);
}

void savesNothingUpWhileIdle() {
  Rig rig;
  rig.push(3);
  rig.run(60 * second);
  rig.push(30);
  CHECK(rig.poll().size() == 3);
}

void aThreadWokenLateKeepsTheRate() {
  Rig rig;
  rig.push(200);
  const std::int64_t beganUs = rig.nowUs;
  for (std::size_t sent = rig.poll().size(); sent < 200; sent += rig.poll().size()) {
    rig.nowUs = std::max(rig.sender.wakeUs(), rig.nowUs) + 500;
  }
  CHECK(std::abs(static_cast<double>(rig.nowUs - beganUs) - 200 * 1'056.0) < 8e3);
}

void aQuantumGrowsWithTheRate() {
  Rig rig;
  rig.script->now.pacingBps = 200e6;
  rig.nudge();
  rig.push(100);
  const std::size_t first = rig.poll().size();
  CHECK(first >= 24 && first <= 25);
}

void withoutPacingAllAtOnce() {
  Rig rig({.pacing = false});
  rig.push(100);
  CHECK(rig.poll().size() == 100);
}

void anyPacingRate() {
  Rig rig;
  for (const double bps : {0.0, 50e3, 1e12}) {
    rig.script->now.pacingBps = bps;
    rig.nudge();
    rig.push(1);
    CHECK(rig.run(10 * second).size() == 1);
  }
}

// The window

void neverMoreThanTheWindow() {
  Rig rig;
  rig.script->now.windowBytes = 10'000;
  rig.nudge();
  rig.push(30);
  CHECK(rig.run(100 * ms).size() == 9);
  CHECK(rig.script->inflight <= 10'000);
  rig.nack({0, 1});
  CHECK(rig.run(20 * ms).empty());
  rig.script->inflight = 0;
  rig.nudge();
  CHECK(rig.run(100 * ms).size() == 9);
}

void blindItAsksNowAndThen() {
  Rig rig;
  rig.push(30);
  rig.script->now.windowBytes = 10'000;
  rig.script->now.blind = true;
  rig.nudge();
  const auto sent = rig.run(450 * ms);
  CHECK(count(sent, mediaType) == 9 && count(sent, rtxType) >= 4 && count(sent, rtxType) <= 5);
  CHECK(rig.script->sent.back().probe && restoreRtx(sent.back().rtp, mediaSsrc, mediaType)->sequence == 8);
  // Nothing left to ask with, or nothing waits: it sleeps.
  rig.run(3 * second);
  Rig idle;
  idle.push(1);
  idle.script->now.blind = true;
  idle.nudge();
  CHECK(idle.run(2 * second).size() == 1);
}

void notWaitsAsBlindOnceItHears() {
  Rig rig;
  rig.script->now = {.pacingBps = 20e3, .mediaBps = 20e3, .windowBytes = 1'000'000, .blind = true, .state = ""};
  rig.nudge();
  rig.push(10);
  CHECK(rig.poll().size() == 3);
  rig.script->now = {.pacingBps = 8e6, .mediaBps = 4e6, .windowBytes = 1'000'000, .state = ""};
  rig.nudge();
  CHECK(rig.run(20 * ms).size() == 7);
}

void staleMediaIsReplacedByAKeyFrame() {
  Rig rig;
  rig.script->now.windowBytes = 0;
  rig.nudge();
  rig.push(5);
  rig.push(5);
  rig.run(150 * ms);
  CHECK(!rig.sender.state().keyWanted);
  rig.run(100 * ms);
  rig.poll();
  CHECK(rig.sender.state().keyWanted);
  rig.push(5, true);
  rig.script->now.windowBytes = 1'000'000;
  rig.nudge();
  const auto sent = rig.run(100 * ms);
  CHECK(sent.size() == 5 && sent[0].rtp.timestamp == 6'000 && sent[0].rtp.sequence == 0);
  CHECK(rig.sender.stats().droppedUnsent == 10);
}

void whatFitsNoDatagramDoesNotBlock() {
  Rig rig;
  EncodedFrame large = *frame(0, 1, true, rig.nowUs);
  large.data.resize(4 + 1'490, 7);
  CHECK(rig.ring.push(std::make_shared<EncodedFrame>(large), rig.nowUs, 1'490));
  rig.push(2);
  const auto sent = rig.run(50 * ms);
  CHECK(sent.size() == 2 && rig.sender.stats().droppedUnsent == 1);
}

// Repair

void retransmissionsGoFirst() {
  Rig rig;
  rig.push(10);
  rig.run(30 * ms);
  rig.nack({3, 7});
  rig.push(10);
  const auto sent = rig.run(30 * ms);
  CHECK(types(sent) == std::vector<std::uint8_t>({rtxType, rtxType, mediaType, mediaType, mediaType, mediaType, mediaType, mediaType, mediaType, mediaType, mediaType, mediaType}));
  const auto restored = restoreRtx(sent[0].rtp, mediaSsrc, mediaType);
  CHECK(restored->sequence == 3 && restored->timestamp == 0 && sent[0].rtp.ssrc == rtxSsrc);
  CHECK(restored->payload.size() == maxPayloadBytes || restored->payload.size() == 1'001);
  CHECK(rig.sender.stats().resent == 2 && rig.sender.stats().nacked == 2);
}

void retransmissionsHaveABudget() {
  Rig rig;
  rig.script->now.mediaBps = 400e3;
  rig.nudge();
  rig.push(100);
  rig.run(90 * ms);
  std::vector<std::uint16_t> all(80);
  for (std::size_t i = 0; i < all.size(); i++) all[i] = static_cast<std::uint16_t>(i);
  rig.run(1 * ms);
  rig.nack(all);
  const std::size_t resent = count(rig.run(30 * ms), rtxType);
  CHECK(resent > 25 && resent < 32);  // 30 kB saved up
  rig.run(2 * second);
  CHECK(rig.sender.stats().resent < 32 && rig.sender.stats().resent + rig.sender.stats().tooLate == 80);
}

void notWhatCannotArriveInTime() {
  Rig rig;
  rig.push(3);
  rig.run(134 * ms);
  rig.nack({0, 1, 2, 500});
  CHECK(rig.run(50 * ms).empty() && rig.sender.stats().tooLate == 4);
}

void notTwiceWhileOneIsUnderWay() {
  Rig rig;
  rig.push(3);
  rig.run(20 * ms);
  rig.tell(rig.seen(0, {true}));  // 20 ms of round trip
  rig.nack({1, 1});
  rig.nack({1});
  CHECK(count(rig.run(5 * ms), rtxType) == 1);
  rig.nack({1});
  CHECK(count(rig.run(20 * ms), rtxType) == 0);
  rig.nack({1});
  CHECK(count(rig.run(20 * ms), rtxType) == 1);
}

void twiceWhenASecondTryWouldBeLate() {
  Rig rig;
  rig.push(3);
  rig.run(45 * ms);
  rig.tell(rig.seen(0, {true}));
  rig.nack({1});
  CHECK(count(rig.run(20 * ms), rtxType) == 2);
}

void parityFollowsItsFrame() {
  Rig rig;
  const auto sent = loseMuch(rig);
  std::size_t parity = 0;
  for (std::size_t at = 0; at < sent.size(); at++) {
    if (sent[at].rtp.payloadType != fecType) continue;
    parity++;
    CHECK(at > 0 && sent[at].rtp.timestamp == sent[at - 1].rtp.timestamp && sent[at].rtp.ssrc == fecSsrc);
    CHECK(sent[at - 1].rtp.marker || sent[at - 1].rtp.payloadType == fecType);
  }
  CHECK(parity > 10 && rig.sender.stats().parity == parity);
  Rig without({.fec = false});
  CHECK(count(loseMuch(without), fecType) == 0);
}

/// Settled meanwhile, and its first slice no longer in the ring, from which its parity would be made.
void aFrameThatTheWindowHeldForLong() {
  Rig rig;
  loseMuch(rig);
  CHECK(rig.sender.stats().fecRatio > 0);
  rig.script->inflight = 0;
  rig.script->now.windowBytes = 6'000;
  rig.nudge();
  rig.push(4, true, true, false);
  rig.push(4, true, false, true);
  CHECK(rig.run(5 * second).size() == 5);
  rig.script->inflight = 0;
  rig.nudge();
  const auto rest = rig.run(100 * ms);
  CHECK(rest.size() == 3 && rest.back().rtp.marker);
}

// Feedback

void readsBothFormats() {
  Rig rig;
  rig.push(4);
  rig.run(10 * ms);
  rig.nowUs += 20 * ms;
  rig.tell(rig.seen(0, {true, false, true}, 8 * ms));
  CHECK(rig.script->reports.size() == 3 && rig.script->reports[0].received && !rig.script->reports[1].received);
  CHECK(rig.script->rttUs > 17 * ms && rig.script->rttUs < 25 * ms);

  Rig other;
  other.push(4);
  other.run(10 * ms);
  TransportFeedback feedback{5, mediaSsrc, 0, {{0, true, 7'000'000}, {1, true, 7'001'000}, {2, false, 0}, {3, true, 7'003'000}}};
  other.tell(feedback);
  CHECK(other.script->reports.size() == 4 && !other.script->reports[2].received);
  CHECK(other.script->reports[3].arrivedUs - other.script->reports[0].arrivedUs == 3'000);
  CHECK(other.script->rttUs > 0);
}

/// Two clocks would be mixed up.
void keepsToTheExactFormat() {
  Rig rig;
  rig.push(4);
  rig.run(10 * ms);
  rig.tell(rig.seen(0, {true}));
  rig.tell(TransportFeedback{5, mediaSsrc, 0, {{1, true, 7'001'000}}});
  CHECK(rig.script->feedbacks == 1);
}

void countsLies() {
  Rig rig;
  rig.push(4);
  rig.run(10 * ms);
  rig.tell(rig.seen(0, std::vector<bool>(40, true)));
  CHECK(rig.sender.stats().lies == 36 && rig.script->reports.size() == 4);
  rig.tell(rig.seen(60'000, {true, false, true}));
  rig.tell(rig.seen(0, {true}, 0, 999));
  CHECK(rig.sender.stats().lies == 39 && rig.script->reports.empty());
  // The same report again, much later, tells nothing, of the round trip neither.
  const auto before = rig.sender.stats().rttUs;
  rig.nowUs += 3 * second;
  rig.tell(rig.seen(0, {true, true, true, true}));
  CHECK(rig.script->reports.empty() && rig.script->rttUs == 0 && rig.sender.stats().rttUs == before);
  // A receiver report of a sender report that never was.
  rig.tell(ReceiverReport{.ssrc = 5, .blocks = {{.ssrc = mediaSsrc, .lastSenderReport = 77}}});
  CHECK(rig.sender.stats().rttUs == before);
  rig.sender.onPacket(Bytes{0x80, 96, 0, 0}, rig.nowUs, 0);
  rig.sender.onPacket({}, rig.nowUs, 0);
  CHECK(rig.sender.stats().malformed == 2);
}

void receivedAfterAllAndNeverBack() {
  Rig rig;
  rig.push(2);
  rig.run(10 * ms);
  rig.tell(rig.seen(0, {true, false}));
  rig.tell(rig.seen(0, {false, true}));
  CHECK(rig.script->reports.size() == 1 && rig.script->reports[0].sequence == 1 && rig.script->reports[0].received);
}

void aClockThatStepsIsLeftOut() {
  for (const std::int64_t stepUs : {3'600 * second, -3'600 * second}) {
    Rig rig;
    std::vector<std::int64_t> arrivals;
    for (int i = 0; i < 8; i++) {
      rig.push(1);
      rig.run(33 * ms);
      auto feedback = rig.seen(static_cast<std::uint16_t>(i), {true});
      if (i >= 4) feedback.timestamp = Rig::clock(rig.nowUs + stepUs);
      rig.tell(feedback);
      arrivals.push_back(rig.script->reports.at(0).arrivedUs);
    }
    for (std::size_t i = 1; i < arrivals.size(); i++) CHECK(std::abs(arrivals[i] - arrivals[i - 1] - 33 * ms) < ms);
  }
}

/// 32 bits of 1/65536 s wrap after 18.2 hours, and half of them after a silence of 9.1.
void clocksWrap() {
  Rig rig;
  std::int64_t last = 0;
  for (int hours = 0; hours < 60; hours += hours == 20 ? 12 : 1) {
    rig.push(1);
    rig.run(10 * ms);
    rig.tell(rig.seen(static_cast<std::uint16_t>(rig.script->sent.size() - 1), {true}));
    const std::int64_t arrivedUs = rig.script->reports.at(0).arrivedUs;
    if (last > 0) CHECK(arrivedUs - last > 3'599 * second && arrivedUs - last < 13 * 3'600 * second);
    last = arrivedUs;
    rig.nowUs += (hours == 20 ? 12 : 1) * std::int64_t{3'600} * second;
    rig.script->inflight = 0;
  }
}

void transportTimeWraps() {
  Rig rig;
  constexpr std::int64_t wrapUs = TransportFeedback::periodUs / 2;
  std::int64_t arrivals[2];
  for (int i = 0; i < 2; i++) {
    rig.push(1);
    rig.run(10 * ms);
    rig.tell(TransportFeedback{5, mediaSsrc, 0, {{static_cast<std::uint16_t>(i), true, i == 0 ? wrapUs - 64'000 : -wrapUs}}});
    arrivals[i] = rig.script->reports.at(0).arrivedUs;
  }
  CHECK(arrivals[1] - arrivals[0] == 64'000);
}

void sequencesWrap() {
  Rig rig;
  rig.script->now.pacingBps = 1e9;
  rig.script->now.mediaBps = 1e9;
  rig.nudge();
  std::uint16_t first = 0;
  for (int i = 0; i < 800; i++) {
    rig.push(100);
    CHECK(rig.run(2 * ms).size() == 100);
    rig.tell(rig.seen(first, std::vector<bool>(100, true)));
    CHECK(rig.script->reports.size() == 100 && rig.script->reports[99].sequence == i * 100 + 99);
    first = static_cast<std::uint16_t>(first + 100);
    rig.script->inflight = 0;
  }
  CHECK(rig.sender.stats().lies == 0);
  rig.nack({static_cast<std::uint16_t>(first - 1)});
  CHECK(count(rig.run(2 * ms), rtxType) >= 1);
}

void roundTripFromAReceiverReport() {
  Rig rig;
  rig.push(1);
  rig.run(2 * second);
  CHECK(!rig.rtcp.empty());
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(rig.rtcp.back(), messages));
  const auto report = std::get<SenderReport>(messages.at(0));
  CHECK(report.ssrc == mediaSsrc && report.packets == 1 && report.octets == 1'001);
  const std::int64_t sentUs = testing::unixUs(report.ntp);
  rig.nowUs = sentUs + 30 * ms;
  // Held back for 10 ms.
  rig.tell(ReceiverReport{.ssrc = 5, .blocks = {{.ssrc = mediaSsrc, .lastSenderReport = ntpMiddle(report.ntp), .delaySinceSenderReport = 655}}});
  CHECK(std::abs(rig.sender.stats().rttUs - 20 * ms) < 100);
  // Transport-wide feedback that was held back long does not change that.
  rig.push(1);
  rig.run(100 * ms);
  rig.tell(TransportFeedback{5, mediaSsrc, 0, {{1, true, 7'000'000}}});
  CHECK(rig.script->rttUs > 90 * ms && std::abs(rig.sender.stats().rttUs - 20 * ms) < 100);
}

void keyFrameOnRequest() {
  Rig rig;
  rig.tell(KeyFrameRequest{.senderSsrc = 5, .mediaSsrc = 999});
  CHECK(!rig.sender.state().keyWanted && rig.sender.stats().keyRequests == 0);
  rig.tell(KeyFrameRequest{.senderSsrc = 5, .mediaSsrc = mediaSsrc});
  CHECK(rig.sender.state().keyWanted && rig.sender.stats().keyRequests == 1);
}

/// A browser waits for what it misses: what cannot be repeated needs an IDR, what never was does not.
void keyFrameForWhatCannotBeRepeated() {
  Rig rig({.waitsForLost = true});
  rig.push(4);
  rig.run(10 * ms);
  rig.nack({4, 77, 40'000, 65'535});
  CHECK(!rig.sender.state().keyWanted && rig.sender.stats().tooLate == 4);
  rig.run(2 * second);  // no longer kept
  rig.nack({2});
  CHECK(rig.sender.state().keyWanted && rig.sender.stats().tooLate == 5);
  // A receiver that goes on without it asks for one itself.
  Rig other;
  other.push(4);
  other.run(2 * second);
  other.nack({2});
  CHECK(!other.sender.state().keyWanted && other.sender.stats().tooLate == 1);
}

void nacksWithoutEndCostNoMemory() {
  Rig rig;
  rig.push(500);
  rig.run(600 * ms);
  for (int i = 0; i < 1'000; i++) {
    std::vector<std::uint16_t> all(500);
    for (std::size_t n = 0; n < all.size(); n++) all[n] = static_cast<std::uint16_t>(n);
    rig.nack(all);
  }
  rig.run(second);
  CHECK(rig.sender.stats().resent < 50 && rig.sender.stats().nacked == 500'000);
}

void extensionsAsOptioned() {
  Rig rig({.playoutDelayId = 6, .unixOffsetUs = 1'600'000'000 * second});
  rig.push(2, true);
  const auto sent = rig.run(10 * ms);
  CHECK(*parseTransportSequence(sent[1].rtp.extension(3)) == 1);
  const auto capture = sent[0].rtp.extension(4), delay = sent[0].rtp.extension(6);
  CHECK(capture.size() == 8 && testing::unixUs(read64(capture.data())) == 1'600'000'100 * second);
  CHECK(sent[1].rtp.extension(4).empty() && Bytes(delay.begin(), delay.end()) == Bytes(3, 0));
}

void aFixedRateListensToNothing() {
  PacketRing ring(256);
  LinkSender sender({}, ring, std::make_unique<FixedController>(3e6, 4));
  std::int64_t nowUs = second;
  std::array<std::uint8_t, 1'500> out;
  std::size_t bytes = 0;
  for (int i = 0; i < 30; i++) {
    CHECK(ring.push(frame(i, 12, i == 0, nowUs), nowUs, maxPayloadBytes));
    for (const std::int64_t endUs = nowUs + 33'333; nowUs < endUs; nowUs += 100) {
      while (const std::size_t size = sender.next(nowUs, out)) bytes += size;
    }
  }
  CHECK(bytes > 30 * 12'000 && ring.unsentPackets() == 0);
  CHECK(sender.controller().target().pacingBps == 12e6 && sender.controller().target().state == "Fixed" && !sender.state().blind);
  CHECK(sender.controller().inflightBytes() == 0 && sender.controller().wakeUs() == INT64_MAX);
}

}  // namespace

void firstFlightLeavesAtOnce() {
  Rig rig({}, 15'000);
  rig.push(30);
  const std::size_t packets = rig.poll().size();
  CHECK(packets >= 13 && packets <= 15);
  CHECK(rig.poll().empty());
}

int main() {
  firstFlightLeavesAtOnce();
  sendsAQuantumAtOnce();
  savesNothingUpWhileIdle();
  aThreadWokenLateKeepsTheRate();
  aQuantumGrowsWithTheRate();
  withoutPacingAllAtOnce();
  anyPacingRate();
  neverMoreThanTheWindow();
  blindItAsksNowAndThen();
  notWaitsAsBlindOnceItHears();
  staleMediaIsReplacedByAKeyFrame();
  whatFitsNoDatagramDoesNotBlock();
  retransmissionsGoFirst();
  retransmissionsHaveABudget();
  notWhatCannotArriveInTime();
  notTwiceWhileOneIsUnderWay();
  twiceWhenASecondTryWouldBeLate();
  parityFollowsItsFrame();
  aFrameThatTheWindowHeldForLong();
  readsBothFormats();
  keepsToTheExactFormat();
  countsLies();
  receivedAfterAllAndNeverBack();
  aClockThatStepsIsLeftOut();
  clocksWrap();
  transportTimeWraps();
  sequencesWrap();
  roundTripFromAReceiverReport();
  keyFrameOnRequest();
  keyFrameForWhatCannotBeRepeated();
  nacksWithoutEndCostNoMemory();
  extensionsAsOptioned();
  aFixedRateListensToNothing();
  return 0;
}
