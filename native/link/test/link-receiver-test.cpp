#include "link/link-receiver.h"

#include <set>

#include "link-rig.h"

using namespace feimu;

namespace {

/// All frames, whole, in order.
void checkAll(const LinkRig& rig, std::size_t missing = 0) {
  CHECK(rig.delivered.size() + missing + 1 >= rig.sentFrames.size());
  std::size_t at = 0;
  for (const auto& frame : rig.delivered) {
    while (at < rig.sentFrames.size() && rig.sentFrames[at] != frame.unit.data) at++;
    CHECK(at < rig.sentFrames.size());
    at++;
  }
}

void clean() {
  LinkRig rig;
  rig.run(10 * second);
  checkAll(rig);
  // Released by their last packet.
  for (const auto& frame : rig.delivered) CHECK(frame.atUs == frame.sentUs + rig.path.delayUs);
  const auto stats = rig.receiver->stats();
  CHECK(stats.frames == rig.delivered.size() && stats.lost == 0 && stats.late == 0 && stats.duplicates == 0);
  CHECK(stats.framesGivenUp == 0 && stats.keyFrameRequests == 0 && stats.foreign == 0 && stats.malformed == 0);
  CHECK(stats.queueDelayUs < 100 && std::abs(stats.skewPpm) < 5 && !stats.broken);
  CHECK(rig.count<Nack>() == 0 && rig.count<KeyFrameRequest>() == 0);
  CHECK(rig.count<ReceiverReport>() >= 9 && rig.count<ReceiverReport>() <= 10);
  // One a frame; the first one is three times as long and takes two.
  CHECK(rig.count<CongestionFeedback>() >= rig.delivered.size() && rig.count<CongestionFeedback>() <= rig.delivered.size() + 3);
}

void repairs(bool rtx) {
  LinkRig rig;
  rig.path.loss = 0.03;
  rig.path.rtx = rtx;
  rig.run(60 * second);
  checkAll(rig, 10);
  const auto stats = rig.receiver->stats();
  CHECK(stats.lost > 200 && stats.repairedByRtx + 10 > stats.lost);
  CHECK(stats.keyFrameRequests <= 3);
  // Guard, round trip, and the time until the packet behind a gap at a frame's end comes.
  std::size_t late = 0;
  for (const auto& frame : rig.delivered) late += frame.atUs - frame.sentUs > 60 * ms ? 1 : 0;
  CHECK(late * 100 < rig.delivered.size());
}

void repairsByFec() {
  LinkReceiver::Options options;
  options.nack = false;
  LinkRig rig(options);
  rig.path.parityPackets = 4;
  int count = 0;
  // Two of each frame's five.
  rig.drop = [&count](const RtpPacket& packet) { return packet.payloadType == 96 && (packet.marker || ++count % 5 == 1); };
  rig.run(10 * second);
  checkAll(rig);
  const auto stats = rig.receiver->stats();
  CHECK(stats.repairedByFec > 450 && stats.lost == stats.repairedByFec && stats.repairedByRtx == 0 && stats.framesGivenUp == 0);
  CHECK(rig.count<Nack>() == 0);
  // Over the path there were losses, whatever came of them.
  for (const auto& [atUs, message] : rig.feedback) {
    const auto* report = std::get_if<ReceiverReport>(&message);
    if (report != nullptr && atUs > 12 * second) CHECK(report->blocks[0].fractionLost > 60);
  }
}

/// A round trip longer than the deadline: pictures are given up and an IDR is asked for, not too often.
void keyFrameInstead() {
  LinkRig rig;
  rig.path.delayUs = 150 * ms;
  rig.path.loss = 0.005;
  rig.run(60 * second);
  const auto stats = rig.receiver->stats();
  CHECK(stats.keyFrameRequests > 10 && stats.framesGivenUp > 0);
  CHECK(rig.delivered.size() > 600);
  checkAll(rig, 1800);
  std::int64_t lastUs = 0;
  for (const auto& [atUs, message] : rig.feedback) {
    if (!std::holds_alternative<KeyFrameRequest>(message)) continue;
    CHECK(atUs - lastUs >= 300 * ms);
    lastUs = atUs;
  }
}

void asksAgainForAKey() {
  LinkRig rig;
  rig.run(second);
  rig.answersKeyRequests = false;
  rig.receiver->requestKeyFrame();
  const std::size_t before = rig.delivered.size();
  rig.run(second);
  CHECK(rig.count<KeyFrameRequest>() == 4 && rig.delivered.size() == before);
  rig.answersKeyRequests = true;
  rig.run(second);
  CHECK(rig.delivered.size() > before + 10 && rig.delivered[before].unit.key);
  CHECK(rig.count<KeyFrameRequest>() == 5 && rig.receiver->stats().keyFrameRequests == 5);
}

/// Joining a stream in its middle.
void joins() {
  LinkRig rig;
  rig.drop = [&rig](const RtpPacket&) { return rig.nowUs < 12 * second; };
  rig.run(3 * second);
  CHECK(rig.delivered.size() > 20 && rig.delivered[0].unit.key && rig.count<KeyFrameRequest>() == 1);
}

/// Every second report lost: the others still tell of every packet.
void lostReports() {
  LinkRig rig;
  rig.path.loss = 0.02;
  rig.run(20 * second);
  std::set<std::uint16_t> all, half;
  std::size_t index = 0;
  for (const auto& [atUs, message] : rig.feedback) {
    const auto* report = std::get_if<CongestionFeedback>(&message);
    if (report == nullptr) continue;
    for (const auto& stream : report->streams) {
      if (stream.ssrc != LinkRig::mediaSsrc) continue;
      index++;
      for (std::size_t i = 0; i < stream.packets.size(); i++) {
        const auto sequence = static_cast<std::uint16_t>(stream.beginSequence + i);
        all.insert(sequence);
        if (index % 2 == 0) half.insert(sequence);
      }
    }
  }
  CHECK(all.size() > 2000 && half.size() + 20 >= all.size());
}

void transportWide() {
  LinkReceiver::Options options;
  options.feedback = LinkReceiver::FeedbackKind::transportWide;
  LinkRig rig(options);
  rig.path.loss = 0.02;
  rig.run(10 * second);
  std::set<std::uint16_t> received;
  std::size_t lost = 0;
  for (const auto& [atUs, message] : rig.feedback) {
    const auto* report = std::get_if<TransportFeedback>(&message);
    if (report == nullptr) continue;
    for (const auto& packet : report->packets) {
      if (packet.received) received.insert(packet.sequence);
      lost += packet.received ? 0 : 1;
    }
  }
  CHECK(received.size() > 1100 && lost > 10 && rig.count<CongestionFeedback>() == 0);
}

void senderReport() {
  LinkRig rig;
  rig.run(second / 2);
  Bytes bytes;
  CHECK(writeRtcp(SenderReport{.ssrc = LinkRig::mediaSsrc, .ntp = 0x1111'2222'3333'4444, .blocks = {}}, bytes, 100));
  rig.give(bytes);
  rig.run(2 * second);
  bool seen = false;
  for (const auto& [atUs, message] : rig.feedback) {
    const auto* report = std::get_if<ReceiverReport>(&message);
    if (report != nullptr && report->blocks[0].lastSenderReport == 0x2222'3333) seen = true;
  }
  CHECK(seen && rig.receiver->stats().malformed == 0);
}

void queueDelay() {
  LinkRig rig;
  rig.run(5 * second);
  rig.path.delayUs += 40 * ms;
  rig.run(second);
  CHECK(std::abs(rig.receiver->stats().queueDelayUs - 40'000) < 500);
}

void ends() {
  LinkRig rig;
  rig.run(second);
  rig.pauseUntil(rig.nowUs + 60 * second);
  rig.run(4 * second);
  CHECK(!rig.receiver->stats().broken);
  rig.run(4 * second);
  const std::size_t told = rig.feedback.size();
  CHECK(rig.receiver->stats().broken);
  rig.run(30 * second);
  CHECK(rig.feedback.size() == told);  // nobody to tell
  rig.run(30 * second);
  CHECK(!rig.receiver->stats().broken && rig.feedback.size() > told);
}

void same() {
  const auto run = [] {
    LinkRig rig;
    rig.path = {.loss = 0.04, .duplicates = 0.01, .reorderUs = 3000, .parityPackets = 1, .feedbackLoss = 0.1};
    rig.run(20 * second);
    std::vector<std::int64_t> times;
    for (const auto& frame : rig.delivered) times.push_back(frame.atUs);
    for (const auto& [atUs, message] : rig.feedback) times.push_back(atUs);
    return times;
  };
  CHECK(run() == run());
}

}  // namespace

int main() {
  clean();
  repairs(true);
  repairs(false);
  repairsByFec();
  keyFrameInstead();
  asksAgainForAKey();
  joins();
  lostReports();
  transportWide();
  senderReport();
  queueDelay();
  ends();
  same();
  return 0;
}
