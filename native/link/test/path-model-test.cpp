#include "link/path-model.h"

#include <cmath>
#include <utility>

#include "testing/check.h"

using namespace feimu;

namespace {

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t second = 1'000'000;

/// A path of one rate and delay, whose receiver's clock began somewhere and reports each frame.
struct Path {
  PathModel model;
  double bps = 6e6;
  std::int64_t delayUs = 10 * ms;
  std::int64_t clockUs = 500 * second;  // receiver's minus sender's
  std::int64_t nowUs = second;
  std::int64_t freeUs = 0;              // the bottleneck's
  std::int64_t sequence = 0;

  /// Sends `packets` of 1,200 bytes at `pacingBps`; their reports, as of one delay after the last arrival.
  std::vector<PacketReport> send(int packets, double pacingBps = 50e6) {
    std::vector<PacketReport> reports;
    std::int64_t sentUs = nowUs;
    for (int i = 0; i < packets; i++) {
      model.onSent({sequence, sentUs, 1'200, 0, false});
      freeUs = std::max(freeUs, sentUs) + static_cast<std::int64_t>(9'600e6 / bps);
      reports.push_back({sequence++, true, false, freeUs + delayUs + clockUs});
      sentUs += static_cast<std::int64_t>(9'600e6 / pacingBps);
    }
    return reports;
  }
  void report(const std::vector<PacketReport>& reports) {
    const std::int64_t atUs = std::max(nowUs, freeUs + 2 * delayUs);
    model.onFeedback({atUs, atUs - nowUs, reports});
  }
  void frame(int packets) {
    report(send(packets));
    nowUs += 33'333;
  }
  void frames(int count, int packets) {
    for (int i = 0; i < count; i++) frame(packets);
  }
};

void readsTheBottleneckFromABurst() {
  Path path;
  double bps = 0;
  for (int i = 0; i < 10; i++) {
    path.frame(15);
    for (const Train& train : path.model.trains()) {
      CHECK(train.pathLimited());
      bps = train.bps();
    }
  }
  CHECK(std::abs(bps - 6e6) < 0.1e6);
  CHECK(path.model.inflightBytes() == 0 && path.model.queueUs() > 15 * ms);
  CHECK(path.model.standingQueueUs() < 3 * ms);
}

/// Three packets behind the first are too few bytes for a sample, however long they took.
void putsSmallPicturesTogether() {
  Path path;
  path.bps = 1e6;
  int trains = 0;
  for (int i = 0; i < 10; i++) {
    path.frame(4);
    path.nowUs += 10 * ms;
    for (const Train& train : path.model.trains()) {
      CHECK(train.pathLimited() && std::abs(train.bps() - 1e6) < 0.1e6);
      trains++;
    }
  }
  CHECK(trains == 4);  // the next one ends a train
}

void seesTheQueueThatDoesNotDrain() {
  Path path;
  path.frames(5, 10);
  CHECK(path.model.standingQueueUs() < 3 * ms);
  path.frames(20, 30);  // 8.6 Mbps through 6
  CHECK(path.model.standingQueueUs() > 60 * ms);
  CHECK(std::abs(path.model.receivedBps() - 6e6) < 0.2e6);
}

void countsOnlyWhatWasSentAndOnlyOnce() {
  Path path;
  const auto reports = path.send(3);
  path.model.onFeedback({path.nowUs, 0, {}});
  CHECK(path.model.inflightBytes() == 3'600 && path.model.deliveredBytes() == 0);
  std::vector<PacketReport> lies{{-5, true, false, 1}, {99, true, false, 1}, {INT64_MAX, true, false, 1}};
  path.report(lies);
  CHECK(path.model.deliveredBytes() == 0 && path.model.rounds() == 0);
  path.report(reports);
  path.report(reports);
  CHECK(path.model.deliveredBytes() == 3'600 && path.model.inflightBytes() == 0 && path.model.rounds() == 1);
  auto lost = reports;
  for (auto& one : lost) one.received = false;
  path.report(lost);
  CHECK(path.model.lossRatio() == 0);
}

void lateIsNotLost() {
  Path path;
  auto reports = path.send(4);
  const std::vector<PacketReport> missing{{1, false, false, 0}};
  path.report({reports[0], missing[0], reports[2], reports[3]});
  CHECK(path.model.lossRatio() == 0.25);
  path.report({reports[1]});
  CHECK(path.model.lossRatio() == 0);
}

void lossesBeforeAPauseAreHistory() {
  Path path;
  auto reports = path.send(2);
  reports[0].received = false;
  path.report(reports);
  CHECK(path.model.lossRatio() == 0.5);
  path.nowUs += 60 * second;
  path.frame(2);
  CHECK(path.model.lossRatio() == 0);
}

/// A path that becomes slower than the time after which what is under way is given up.
void forgottenPacketsStillArrive() {
  Path path;
  const auto reports = path.send(3);
  path.model.forgetInflight();
  CHECK(path.model.inflightBytes() == 0);
  path.nowUs += 2 * second;
  path.report(reports);
  CHECK(path.model.deliveredBytes() == 3'600 && path.model.inflightBytes() == 0 && path.model.lossRatio() == 0);
}

void oneArrivalTimeForAllCostsNoMemory() {
  Path path;
  for (int i = 0; i < 20'000; i++) {
    auto reports = path.send(2);
    for (auto& one : reports) one.arrivedUs = 7;
    path.report(reports);
    path.nowUs += 10 * ms;
  }
  CHECK(path.model.queueUs() == 0 && std::isfinite(path.model.receivedBps()));
}

/// The receiver's clock jumps by `us`; a second later all is as before.
void clockSteps(std::int64_t us) {
  Path path;
  path.frames(30, 10);
  path.clockUs += us;
  path.frames(30, 10);
  CHECK(path.model.standingQueueUs() < 3 * ms && path.model.queueUs() < 20 * ms);
  CHECK(std::abs(path.model.receivedBps() - 10 * 9'600 * 30) < 1e6);
  path.frames(10, 30);
  CHECK(path.model.standingQueueUs() > 30 * ms);
}

/// One arrival that lies, among true ones.
void oneWildArrival(std::int64_t us) {
  Path path;
  path.frames(30, 10);
  auto reports = path.send(10);
  reports[4].arrivedUs += us;
  path.report(reports);
  path.nowUs += 33'333;
  path.frames(15, 10);
  CHECK(path.model.standingQueueUs() < 3 * ms);
  path.frames(10, 30);
  CHECK(path.model.standingQueueUs() > 30 * ms);
}

void keepsTheBaseBesideAnotherFlow() {
  for (const bool hold : {false, true}) {
    Path path;
    path.frames(30, 5);
    path.model.holdBase(hold);
    path.delayUs += 100 * ms;  // another flow's queue
    path.frames(15 * 30, 5);
    CHECK((path.model.standingQueueUs() > 95 * ms) == hold);
  }
}

/// Between the decision and the next packet nothing is known.
void beginsItsBaseAnew() {
  Path path;
  path.frames(30, 10);
  path.delayUs += 50 * ms;
  path.frames(5, 10);
  CHECK(path.model.standingQueueUs() > 40 * ms);
  path.model.forgetBase();
  CHECK(path.model.baseAgeUs() == 0);
  path.frames(5, 10);
  CHECK(path.model.standingQueueUs() < 3 * ms && path.model.baseAgeUs() < 100 * ms);
}

void smallestRoundTripOfTenSeconds() {
  Path path;
  CHECK(path.model.minRttUs() == 100 * ms && path.model.minRttUs(5) == 5);
  path.frame(1);
  const std::int64_t rttUs = path.model.minRttUs();
  path.delayUs = 50 * ms;
  path.frames(60, 1);
  CHECK(path.model.minRttUs() == rttUs);
  path.frames(11 * 30, 1);
  CHECK(path.model.minRttUs() > 100 * ms);
}

void overwritesWhatNobodyEverReported() {
  Path path;
  for (int i = 0; i < 40'000; i++) path.model.onSent({path.sequence++, path.nowUs, 1'000, 0, false});
  CHECK(path.model.inflightBytes() == 16'384'000);
  const std::vector<PacketReport> old{{0, true, false, 1}};
  path.report(old);
  CHECK(path.model.deliveredBytes() == 0);
}

void countsBeyond32Bits() {
  Path path;
  path.sequence = std::int64_t{3} << 31;
  path.frames(10, 10);
  CHECK(path.model.deliveredBytes() == 120'000 && path.model.inflightBytes() == 0 && path.model.rounds() == 10);
}

}  // namespace

int main() {
  readsTheBottleneckFromABurst();
  putsSmallPicturesTogether();
  seesTheQueueThatDoesNotDrain();
  countsOnlyWhatWasSentAndOnlyOnce();
  lateIsNotLost();
  lossesBeforeAPauseAreHistory();
  forgottenPacketsStillArrive();
  oneArrivalTimeForAllCostsNoMemory();
  for (const std::int64_t us : {3'600 * second, -3'600 * second, 3 * second, -3 * second, 300 * ms, -300 * ms}) clockSteps(us);
  for (const std::int64_t us : {7'200 * second, -7'200 * second}) oneWildArrival(us);
  keepsTheBaseBesideAnotherFlow();
  beginsItsBaseAnew();
  smallestRoundTripOfTenSeconds();
  overwritesWhatNobodyEverReported();
  countsBeyond32Bits();
  return 0;
}
