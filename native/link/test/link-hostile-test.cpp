// What must not shake a receiver: broken, forged and replayed packets, senders and clocks that begin anew.
#include "link-rig.h"

using namespace feimu;

namespace {

Bytes rtp(std::uint32_t ssrc, std::uint16_t sequence, std::uint8_t payloadType = 96, std::size_t payloadBytes = 100) {
  Bytes out(64);
  out.resize(writeRtpHeader({sequence, 1, ssrc, payloadType, true}, {}, out));
  out.resize(out.size() + payloadBytes, 0x41);
  return out;
}

/// The stream goes on undisturbed while `attack` is called with each millisecond.
template <typename Attack>
LinkReceiver::Stats undisturbed(const Attack& attack) {
  LinkRig rig;
  rig.run(second);
  for (int i = 0; i < 2000; i++) {
    rig.run(ms);
    attack(rig, i);
  }
  const auto stats = rig.receiver->stats();
  CHECK(rig.delivered.size() + 1 >= rig.sentFrames.size());
  CHECK(stats.keyFrameRequests == 0 && stats.framesGivenUp == 0 && stats.lost == 0);
  CHECK(stats.queueDelayUs < 100);
  return stats;
}

void truncated() {
  const auto stats = undisturbed([](LinkRig& rig, int i) {
    Bytes bytes = rig.sent(static_cast<std::uint16_t>(rig.nextSequence() - 1));
    bytes.resize(static_cast<std::size_t>(i) % 12);
    rig.give(bytes);
    rig.give({0x80, 200, 0xff, 0xff, 0, 0, 0, 1});
    rig.give(rtp(LinkRig::mediaSsrc, rig.nextSequence(), 96, 4000));
  });
  CHECK(stats.malformed == 6000);
}

void foreign() {
  const auto stats = undisturbed([](LinkRig& rig, int i) {
    rig.give(rtp(0xbad, rig.nextSequence()));
    rig.give(rtp(LinkRig::mediaSsrc, rig.nextSequence(), 20));
    rig.give(rtp(LinkRig::mediaSsrc, rig.nextSequence(), 97));  // a retransmission by the media's own SSRC
    // Numbers that jump, even in a row.
    rig.give(rtp(LinkRig::mediaSsrc, static_cast<std::uint16_t>(30'000 + i)));
  });
  CHECK(stats.foreign == 8000);
}

void duplicated() {
  const auto stats = undisturbed([](LinkRig& rig, int i) {
    if (i > 100) rig.give(rig.sent(static_cast<std::uint16_t>(rig.nextSequence() - 10 - i % 20)));
  });
  CHECK(stats.duplicates == 1899);
}

/// A recording of the stream from its beginning, sent again beside it.
void replayed() {
  LinkRig rig;
  rig.run(20 * second);
  std::uint16_t sequence = 65'400;
  for (int i = 0; i < 2000; i++) {
    rig.run(ms);
    rig.give(rig.sent(sequence++));
  }
  const auto stats = rig.receiver->stats();
  CHECK(rig.delivered.size() + 1 >= rig.sentFrames.size() && stats.keyFrameRequests == 0);
  CHECK(stats.foreign + stats.duplicates + stats.late == 2000);
}

void reordered() {
  LinkRig rig;
  rig.path.reorderUs = 1900;
  rig.run(10 * second);
  CHECK(rig.delivered.size() + 1 >= rig.sentFrames.size());
  CHECK(rig.receiver->stats().lost == 0 && rig.count<Nack>() == 0 && rig.receiver->stats().keyFrameRequests <= 1);
}

void senderRestarts(std::uint32_t ssrc, std::uint16_t sequence) {
  LinkRig rig;
  rig.run(5 * second);
  rig.pauseUntil(rig.nowUs + 10 * ms);
  rig.run(9 * ms);
  const std::size_t before = rig.delivered.size();
  rig.restart(ssrc, sequence);
  rig.pauseUntil(rig.nowUs + 600 * ms);
  rig.run(3 * second);
  // At most the first IDR is spent on finding out.
  CHECK(rig.delivered.size() > before + 50 && rig.delivered[before].unit.key);
  CHECK(rig.receiver->stats().queueDelayUs < 1000 && rig.receiver->stats().keyFrameRequests <= 2);
}

void clockSteps(std::int64_t senderUs, std::int64_t receiverUs) {
  LinkRig rig;
  rig.run(20 * second);
  rig.senderClockOffsetUs += senderUs;
  rig.receiverClockOffsetUs += receiverUs;
  const std::size_t before = rig.delivered.size();
  const std::size_t told = rig.feedback.size();
  rig.run(5 * second);
  CHECK(rig.delivered.size() > before + 130);
  CHECK(rig.feedback.size() > told + 130);
  CHECK(rig.receiver->stats().queueDelayUs < 1000);
  CHECK(rig.receiver->stats().keyFrameRequests <= 2);
}

/// Noise with the stream's own SSRC and numbers may cost pictures, never more.
void noise() {
  LinkRig rig;
  rig.run(second);
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; i++) {
    Bytes bytes = rtp(LinkRig::mediaSsrc, static_cast<std::uint16_t>(rig.nextSequence() + random() % 200), static_cast<std::uint8_t>(96 + random() % 3), random() % 1400);
    for (std::size_t j = 12; j < bytes.size(); j++) bytes[j] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) bytes[8] ^= 0x10;
    rig.give(bytes);
    if (i % 10 == 0) rig.run(ms);
  }
  // Forged pictures may lie up to some 450 packets ahead: the stream's own numbers must come there first.
  rig.run(5 * second);
  const std::size_t before = rig.delivered.size();
  rig.run(second);
  CHECK(rig.delivered.size() >= before + 29);
}

}  // namespace

int main() {
  truncated();
  foreign();
  duplicated();
  replayed();
  reordered();
  senderRestarts(LinkRig::mediaSsrc, 20'000);
  senderRestarts(0x5555, 20'000);
  clockSteps(3 * second, 0);
  clockSteps(-3 * second, 0);
  clockSteps(0, 3 * second);
  clockSteps(0, -8 * second);
  noise();
  return 0;
}
