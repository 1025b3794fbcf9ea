#include "link/bbr-controller.h"

#include <deque>
#include <set>
#include <string>

#include "link/sim/emulated-link.h"
#include "testing/check.h"

using namespace feimu;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t stepUs = 500;

/// A source that sends what it is told, through an emulated link and back: one report a frame of time.
struct Loop {
  BbrOptions options;
  BbrController controller;
  EmulatedLink link;
  std::int64_t nowUs = 0, frameAtUs = 0, nextUs = 0, reportAtUs = 0, sequence = 0, frame = -1;
  static constexpr std::uint32_t packetBytes = 1'200;
  std::int64_t probeUs = 0;
  std::int64_t reportEveryUs = 33'333;
  double waitingBytes = 0;
  std::int64_t otherUs = 0;      // another flow's queue
  bool deaf = false;             // reports get lost
  bool quiet = false;            // the source has nothing to send
  double share = 1;              // of the target that it uses
  std::int64_t sentBytes = 0;
  std::deque<std::pair<std::int64_t, PacketReport>> arriving;  // by arrival
  std::deque<std::pair<std::int64_t, std::vector<PacketReport>>> reporting;
  std::vector<PacketReport> seen;
  std::set<std::string> states;

  explicit Loop(const LinkStep& step, const BbrOptions& with = {.maxBps = 8e6}) : options(with), controller(with), link({step}, 1) {}

  void send() {
    const RateTarget target = controller.target();
    while (waitingBytes >= packetBytes && nextUs <= nowUs) {
      const bool full = controller.inflightBytes() + packetBytes > target.windowBytes;
      // As LinkSender: blind, one packet now and then asks whether the path is back.
      const bool probe = full && target.blind && nowUs - probeUs >= 100'000;
      if (full && !probe) return;
      if (probe) probeUs = nowUs;
      controller.onSent({sequence, nowUs, packetBytes, frame, probe});
      const auto delivery = link.offer(nowUs, packetBytes);
      const std::int64_t atUs = (delivery ? delivery->deliverUs : nowUs + 50'000) + otherUs;
      arriving.push_back({atUs, {sequence++, delivery.has_value(), false, atUs + 77 * second}});
      nextUs = std::max(nextUs, nowUs - stepUs) + static_cast<std::int64_t>(packetBytes * 8e6 / target.pacingBps);
      waitingBytes -= packetBytes;
      sentBytes += packetBytes;
    }
  }
  /// As FrameBudget: a picture is smaller by a share of what waits on the path.
  void capture() {
    frameAtUs += options.frameUs;
    frame++;
    if (quiet) return;
    const RateTarget target = controller.target();
    const double fair = share * target.mediaBps / 8e6 * static_cast<double>(options.frameUs);
    const double queued = static_cast<double>(std::max<std::int64_t>(0, target.queueUs - 3'000)) * target.mediaBps / 8e6;
    waitingBytes = std::min(waitingBytes, 6e4) + std::clamp(fair - 0.3 * queued, fair / 4, fair);
  }
  void step() {
    nowUs += stepUs;
    if (controller.wakeUs() <= nowUs) controller.onTick(nowUs);
    if (nowUs >= frameAtUs) capture();
    send();
    while (!arriving.empty() && arriving.front().first <= nowUs) {
      seen.push_back(arriving.front().second);
      arriving.pop_front();
    }
    if (nowUs >= reportAtUs && !seen.empty()) {
      reportAtUs = nowUs + reportEveryUs;
      if (!deaf) reporting.push_back({nowUs + static_cast<std::int64_t>(link.step(nowUs).delayMs * 1e3), seen});
      seen.clear();
    }
    while (!reporting.empty() && reporting.front().first <= nowUs) {
      const auto& reports = reporting.front().second;
      const auto rttUs = static_cast<std::int64_t>(2e3 * link.step(nowUs).delayMs) + otherUs + link.queueDelayUs(nowUs);
      controller.onFeedback({nowUs, rttUs, reports});
      reporting.pop_front();
    }
    states.insert(std::string(controller.target().state));
  }
  void run(double seconds) {
    states.clear();
    for (const std::int64_t endUs = nowUs + static_cast<std::int64_t>(seconds * 1e6); nowUs < endUs;) step();
  }
  /// Steps until the state has this name; false after `seconds`.
  bool reaches(std::string_view state, double seconds) {
    for (const std::int64_t endUs = nowUs + static_cast<std::int64_t>(seconds * 1e6); nowUs < endUs;) {
      step();
      if (controller.target().state == state) return true;
    }
    return false;
  }
  double media() const { return controller.target().mediaBps; }
};

LinkStep link(double kbps, double delayMs, double lossPct = 0, double queueMs = 300) {
  LinkStep step;
  step.kbps = kbps;
  step.delayMs = delayMs;
  step.lossPct = lossPct;
  step.queueMs = queueMs;
  return step;
}

void passesThroughItsStates() {
  Loop loop(link(6'000, 10));
  CHECK(loop.controller.target().state == "Startup" && loop.controller.target().pacingBps > 2.7e6);
  CHECK(loop.reaches("Drain", 3));
  CHECK(loop.reaches("ProbeBW-Cruise", 2));
  CHECK(loop.reaches("ProbeBW-Refill", 8));
  CHECK(loop.reaches("ProbeBW-Up", 2));
  CHECK(loop.controller.target().pacingBps > loop.controller.target().mediaBps * 1.05);
  CHECK(loop.reaches("ProbeBW-Down", 3));
  CHECK(loop.media() < 5.7e6);
  CHECK(loop.reaches("ProbeBW-Cruise", 2));
  loop.run(5);
  CHECK(loop.media() > 5e6 && loop.media() < 6.1e6);
}

void leavesStartupOnAQueueThatGrows() {
  Loop loop(link(1'000, 20), {.maxBps = 8e6, .startBps = 4e6});
  CHECK(loop.reaches("Drain", 2));
  CHECK(loop.controller.target().pacingBps < 4e6);
  loop.run(5);
  CHECK(loop.controller.model().standingQueueUs() < 20'000 && loop.media() > 0.75e6);
}

void doesNotProbeWithRoomToSpare() {
  Loop loop(link(50'000, 1), {.maxBps = 4.5e6});
  loop.run(5);
  loop.run(10);
  CHECK(loop.states == std::set<std::string>{"ProbeBW-Cruise"});
  CHECK(loop.media() == 4.5e6);
}

void followsADropAndComesBack() {
  Loop loop(link(10'000, 10));
  loop.run(6);
  CHECK(loop.media() == 8e6);
  loop.link.set(link(3'000, 10));
  loop.run(1);
  CHECK(loop.media() < 3.1e6);
  loop.run(5);
  CHECK(loop.media() > 2.5e6 && loop.controller.model().standingQueueUs() < 15'000);
  loop.link.set(link(10'000, 10));
  loop.run(6);
  CHECK(loop.media() > 7.2e6);
}

/// Feedback stays away: frozen; it returns: at once as before.
void freezesBlindAndReturns() {
  Loop loop(link(6'000, 10));
  loop.run(8);
  const double before = loop.media();
  const std::int64_t sent = loop.sentBytes;
  loop.deaf = true;
  CHECK(loop.reaches("FeedbackLost", 0.3));
  CHECK(loop.controller.target().blind && loop.media() < before / 2);
  loop.run(0.5);
  CHECK(loop.sentBytes - sent <= loop.controller.target().windowBytes + 100'000);
  loop.deaf = false;
  CHECK(!loop.reaches("nothing", 0.15) && !loop.controller.target().blind);
  CHECK(loop.media() > 0.85 * before);
}

/// With the window full and nothing heard, one window a second may leave: else no report could ever come.
void opensTheWindowAgain() {
  Loop loop(link(6'000, 10));
  loop.run(8);
  loop.deaf = true;
  loop.run(10);
  loop.deaf = false;
  CHECK(loop.reaches("ProbeBW-Cruise", 2));
}

/// Of a full window one report comes, which makes the window smaller than what is still under way.
void opensAWindowThatShrank() {
  BbrController controller({.startBps = 5e6});
  std::int64_t sequence = 0;
  while (controller.inflightBytes() < controller.target().windowBytes) controller.onSent({sequence++, second, 1'200, 0, false});
  const PacketReport reports[] = {{0, true, false, 5 * second}, {1, false, false, 0}, {2, false, false, 0}, {3, false, false, 0}};
  controller.onFeedback({second + 50'000, 50'000, reports});
  CHECK(controller.inflightBytes() + 1'200 > controller.target().windowBytes);
  CHECK(controller.wakeUs() < 4 * second);
  controller.onTick(controller.wakeUs());
  CHECK(controller.inflightBytes() == 0 && controller.wakeUs() == INT64_MAX);
}

void survivesTheLossOfItsFirstFlight() {
  Loop loop(link(6'000, 10));
  loop.deaf = true;
  loop.run(3);
  CHECK(loop.controller.target().state == "FeedbackLost");
  loop.deaf = false;
  loop.run(2);
  CHECK(loop.controller.target().state != "FeedbackLost" && loop.media() > 2e6);
}

/// All that is heard is of packets that were given up already.
void hearsAPathSlowerThanItsPatience() {
  Loop loop(link(6'000, 10));
  loop.run(8);
  loop.link.set(link(6'000, 1'200));
  loop.run(15);
  CHECK(loop.reaches("ProbeBW-Cruise", 3));
  loop.run(3);
  CHECK(!loop.states.contains("FeedbackLost"));
}

/// A source that pauses is not a receiver that reports seldom.
void aPauseIsNoSlowFeedback() {
  Loop loop(link(6'000, 10));
  loop.run(8);
  loop.quiet = true;
  loop.run(5);
  loop.quiet = false;
  loop.run(0.2);
  loop.deaf = true;
  CHECK(loop.reaches("FeedbackLost", 0.2));
}

void waitsForReceiversThatReportSeldom() {
  Loop loop(link(6'000, 10));
  loop.reportEveryUs = 200'000;
  loop.run(2);
  loop.run(6);
  CHECK(!loop.states.contains("FeedbackLost"));
}

/// Another flow fills the queue, moving it up and down all the time.
void competesAndGivesItUp() {
  Loop loop(link(6'000, 10));
  loop.run(8);
  const auto contend = [&loop](double seconds) {
    loop.states.clear();
    for (const std::int64_t endUs = loop.nowUs + static_cast<std::int64_t>(seconds * 1e6); loop.nowUs < endUs; loop.step()) {
      loop.otherUs = 100'000 + (loop.nowUs / 10) % 100'000;  // rises by 100 ms a second
    }
  };
  contend(5);
  CHECK(loop.controller.target().state == "Competing");
  CHECK(loop.media() > 1e6 && loop.controller.target().queueUs == 0);
  loop.otherUs = 0;
  loop.run(2);
  CHECK(loop.controller.target().state != "Competing");
  loop.run(6);
  CHECK(loop.media() > 5e6);
}

/// The path becomes 50 ms longer: no queue, and no rival.
void aLongerPathIsNoQueue() {
  Loop loop(link(6'000, 10));
  loop.run(8);
  loop.link.set(link(6'000, 60));
  loop.run(3);
  CHECK(!loop.states.contains("Competing"));
  loop.run(4);
  CHECK(loop.media() > 5e6 && loop.controller.model().standingQueueUs() < 10'000);
}

void aQueueOfItsOwnIsNoRival() {
  Loop loop(link(6'000, 10, 0, 2'000));
  loop.run(8);
  loop.link.set(link(200, 10, 0, 2'000));
  loop.run(6);
  CHECK(!loop.states.contains("Competing"));
  loop.run(10);
  CHECK(loop.controller.model().standingQueueUs() < 50'000);
}

void lossAloneDoesNotSlowIt() {
  Loop loop(link(6'000, 20, 2));
  loop.run(12);
  CHECK(loop.media() > 5e6);
  loop.link.set(link(6'000, 20, 30));
  loop.run(8);
  CHECK(loop.media() < 3e6);
}

/// What arrives at one moment is no rate.
void oneMomentIsNoRate() {
  BbrController controller({.maxBps = 1e12});
  std::int64_t sequence = 0;
  for (std::int64_t nowUs = second; nowUs < 4 * second; nowUs += 33'333) {
    std::vector<PacketReport> reports;
    for (int i = 0; i < 20; i++) {
      controller.onSent({sequence, nowUs, 1'500, 0, false});
      reports.push_back({sequence++, true, false, nowUs});
    }
    controller.onFeedback({nowUs + 1'000, 1'000, reports});
  }
  CHECK(controller.target().pacingBps < 3e9 && controller.target().windowBytes > 0);
}

void anyRateAnyFrames() {
  for (const std::int64_t frameUs : {100'000, 33'333, 16'667}) {
    for (const double kbps : {300.0, 3'000.0, 200'000.0}) {
      Loop loop(link(kbps, 5), {.minBps = 50e3, .maxBps = 150e6, .startBps = 1e6, .frameUs = frameUs});
      loop.reportEveryUs = frameUs;
      loop.run(20);
      CHECK(loop.media() > std::min(0.7 * kbps * 1e3, 20e6) && loop.media() <= std::max(150e6, kbps * 1e3));
      CHECK(loop.controller.model().standingQueueUs() < 100'000);
    }
  }
}

/// Each deviation from the draft, switched off, costs what it is there for.
void deviations() {
  const auto mediaAfter = [](double seconds, const LinkStep& step, BbrOptions options) {
    options.maxBps = 8e6;
    Loop loop(step, options);
    loop.share = 0.9;
    loop.run(seconds);
    return loop.media();
  };
  CHECK(mediaAfter(15, link(6'000, 10), {.trains = false}) < 0.9 * mediaAfter(15, link(6'000, 10), {}));
  Loop frozen(link(6'000, 10), {.maxBps = 8e6, .blind = false});
  frozen.run(8);
  frozen.deaf = true;
  frozen.run(2);
  CHECK(!frozen.states.contains("FeedbackLost"));
  Loop meek(link(6'000, 10), {.maxBps = 8e6, .competing = false});
  meek.run(8);
  for (const std::int64_t endUs = meek.nowUs + 5 * second; meek.nowUs < endUs; meek.step()) meek.otherUs = 100'000 + (meek.nowUs / 10) % 100'000;
  CHECK(!meek.states.contains("Competing") && meek.media() < 1e6);
  const auto worstQueueUs = [](const BbrOptions& options) {
    Loop loop(link(10'000, 10, 0, 3'000), options);
    loop.run(8);
    loop.link.set(link(2'000, 10, 0, 3'000));
    std::int64_t worst = 0;
    for (const std::int64_t endUs = loop.nowUs + 4 * second; loop.nowUs < endUs; loop.step()) {
      worst = std::max(worst, loop.link.queueDelayUs(loop.nowUs));
    }
    return worst;
  };
  const std::int64_t both = worstQueueUs({.maxBps = 8e6});
  CHECK(both < worstQueueUs({.maxBps = 8e6, .quickDrop = false}));
  CHECK(2 * both < worstQueueUs({.maxBps = 8e6, .standing = false, .quickDrop = false}));
}

}  // namespace

int main() {
  passesThroughItsStates();
  leavesStartupOnAQueueThatGrows();
  doesNotProbeWithRoomToSpare();
  followsADropAndComesBack();
  freezesBlindAndReturns();
  opensTheWindowAgain();
  opensAWindowThatShrank();
  survivesTheLossOfItsFirstFlight();
  hearsAPathSlowerThanItsPatience();
  aPauseIsNoSlowFeedback();
  waitsForReceiversThatReportSeldom();
  competesAndGivesItUp();
  aLongerPathIsNoQueue();
  aQueueOfItsOwnIsNoRival();
  lossAloneDoesNotSlowIt();
  oneMomentIsNoRate();
  anyRateAnyFrames();
  deviations();
  return 0;
}
