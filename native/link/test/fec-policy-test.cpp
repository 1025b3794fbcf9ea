#include "link/fec-policy.h"

#include <algorithm>
#include <random>

#include "testing/check.h"

using namespace feimu;

namespace {

/// A sender of 30 frames a second over a path that loses packets at random or in runs. Losses are asked for when
/// there is time, and what is sent again gets lost like anything else.
struct Path {
  FecPolicy policy{};
  std::mt19937 random{7};
  std::int64_t nowUs = 1'000'000;
  std::int64_t rttUs = 20'000;
  double loss = 0;          // share of packets
  std::size_t run = 1;      // packets lost at once
  std::uint32_t packets = 20;
  std::uint64_t frames = 0, late = 0;
  std::uint64_t sent = 0, parity = 0;
  std::size_t losing = 0;

  bool loses() {
    if (losing > 0) return losing--, true;
    if (std::uniform_real_distribution<>(0, 1)(random) >= loss / static_cast<double>(run)) return false;
    losing = run - 1;
    return true;
  }

  void frame() {
    nowUs += 33'333;
    policy.setRtt(rttUs);
    FecPolicy::Frame frame{.nowUs = nowUs, .packets = packets};
    for (std::uint32_t i = 0; i < packets; i++) frame.lost += loses();
    const std::size_t m = fecParityPackets(packets, policy.ratio());
    std::size_t arrived = 0;
    for (std::size_t i = 0; i < m; i++) arrived += !loses();
    std::uint32_t tries = 0;
    for (std::int64_t at = rttUs + 5000; at <= 100'000; at += rttUs + 5000) tries++;
    const bool byParity = frame.lost <= arrived;
    if (!byParity && tries > 0) {
      frame.resent = frame.lost;
      for (std::uint32_t i = 0; i < frame.lost; i++) {
        bool back = false;
        for (std::uint32_t n = 0; n < tries && !back; n++)
          back = std::uniform_real_distribution<>(0, 1)(random) >= loss;
        frame.repaired += back;
      }
    }
    frames++;
    late += !byParity && frame.repaired < frame.lost;
    sent += packets;
    parity += m;
    policy.onFrame(frame);
  }
  void seconds(double count) {
    for (int i = 0; i < count * 30; i++) frame();
  }
  void forget() { frames = late = sent = parity = 0; }
  double lateShare() const { return static_cast<double>(late) / static_cast<double>(frames); }
  double cost() const { return static_cast<double>(parity) / static_cast<double>(sent); }
};

void parityPerFrame() {
  CHECK(fecParityPackets(20, 0) == 0 && fecParityPackets(0, 0.25) == 0);
  CHECK(fecParityPackets(1, 0.05) == 1 && fecParityPackets(9, 0.05) == 1);
  CHECK(fecParityPackets(20, 0.05) == 1 && fecParityPackets(20, 0.15) == 3 && fecParityPackets(20, 0.25) == 5);
  CHECK(fecParityPackets(20, 4) == 5 && fecParityPackets(5000, 0.25) == 254);
}

void shortRoundTripNeedsNone() {
  Path path{.loss = 0.02};
  path.seconds(60);
  CHECK(path.policy.ratio() == 0 && path.policy.overhead() == 0 && path.parity == 0);
  CHECK(path.lateShare() < 0.001);
}

void longRoundTripRaisesAtOnceAndFallsSlowly() {
  Path path{.rttUs = 150'000};
  path.seconds(30);
  CHECK(path.policy.ratio() == 0);
  path.loss = 0.02;
  path.seconds(1);
  CHECK(path.policy.ratio() >= 0.05);
  path.seconds(10);
  CHECK(path.policy.ratio() >= 0.10);
  path.forget();
  path.seconds(60);
  CHECK(path.lateShare() < 0.02);  // a third of the frames without
  CHECK(path.cost() <= 0.25);
  path.loss = 0;
  path.seconds(5);
  CHECK(path.policy.ratio() > 0);
  double last = path.policy.ratio();
  for (int second = 0; second < 120; second++) {
    path.seconds(1);
    CHECK(path.policy.ratio() <= last);
    last = path.policy.ratio();
  }
  CHECK(last == 0);
}

void roundTripDecides() {
  // One retransmission fits; it gets lost in 5 % of cases.
  Path path{.rttUs = 60'000, .loss = 0.05};
  path.seconds(30);
  const double oneTry = path.policy.ratio();
  path.rttUs = 120'000;
  path.seconds(30);
  CHECK(path.policy.ratio() > oneTry);
  path.rttUs = 10'000;
  path.seconds(120);
  CHECK(path.policy.ratio() == 0);
}

void doesNotForgetWhatItMends() {
  // What parity mends is never asked for: that retransmissions fail must stay known from those that were.
  Path path{.rttUs = 60'000, .loss = 0.05};
  path.seconds(30);
  path.forget();
  std::size_t without = 0;
  for (int second = 0; second < 300; second++) {
    path.seconds(1);
    without += path.policy.ratio() == 0;
  }
  CHECK(without == 0);
  CHECK(path.lateShare() < 0.03 && path.cost() < 0.1);
}

void burstsNeedMore() {
  Path single{.rttUs = 150'000, .loss = 0.01};
  Path bursts{.rttUs = 150'000, .loss = 0.03, .run = 3};
  single.seconds(40);
  bursts.seconds(40);
  CHECK(bursts.policy.ratio() > single.policy.ratio());
}

void doesNotPayForWhatItCannotMend() {
  FecPolicy policy;
  for (int i = 0; i < 900; i++)
    policy.onFrame({.nowUs = i * 33'333, .packets = 20, .lost = i % 30 ? 0u : 20u, .resent = i % 30 ? 0u : 20u});
  CHECK(policy.ratio() == 0 && policy.unrepaired() > 0.03);
}

void smallFramesCountTheirPrice() {
  // At two packets a frame any ratio costs half as much again: too dear for rare losses, worth it for many.
  Path path{.rttUs = 150'000, .loss = 0.005, .packets = 2};
  path.seconds(60);
  CHECK(path.policy.ratio() == 0);
  path.loss = 0.08;
  path.seconds(60);
  CHECK(path.policy.ratio() > 0 && path.policy.overhead() == 0.5);
}

void reportsThatLieAreBounded() {
  FecPolicy policy;
  policy.onFrame({.nowUs = 5'000'000, .packets = 0, .lost = 9});
  policy.onFrame({.nowUs = 5'000'000, .packets = 3, .lost = 4'000'000'000, .resent = 4'000'000'000, .repaired = 5});
  policy.onFrame({.nowUs = 1, .packets = 4'000'000'000, .lost = 4'000'000'000, .resent = 4'000'000'000});
  CHECK(policy.ratio() >= 0 && policy.ratio() <= 0.25);
  CHECK(policy.unrepaired() >= 0 && policy.unrepaired() <= 1);
}

}  // namespace

int main() {
  parityPerFrame();
  shortRoundTripNeedsNone();
  longRoundTripRaisesAtOnceAndFallsSlowly();
  roundTripDecides();
  doesNotForgetWhatItMends();
  burstsNeedMore();
  doesNotPayForWhatItCannotMend();
  smallFramesCountTheirPrice();
  reportsThatLieAreBounded();
  std::printf("fec-policy: ok\n");
}
