// Simulated time, and the TCP sender that the battery sets beside a link.
#include "link/sim/simulation.h"

#include <vector>

#include "link/sim/tcp-flow.h"
#include "testing/check.h"

using namespace feimu;

namespace {

constexpr std::int64_t second = 1'000'000;

void inOrderOfTimeThenOfMaking() {
  Simulation simulation;
  std::vector<int> order;
  simulation.at(20, [&] { order.push_back(4); });
  simulation.at(10, [&] {
    order.push_back(1);
    CHECK(simulation.nowUs() == 10);
    simulation.at(5, [&] {  // what is past happens now
      order.push_back(3);
      CHECK(simulation.nowUs() == 10);
    });
  });
  simulation.at(10, [&] { order.push_back(2); });
  simulation.at(30, [&] { order.push_back(5); });
  simulation.run(20);
  CHECK(order == std::vector<int>({1, 2, 3, 4}) && simulation.nowUs() == 20);
  simulation.run(1'000);
  CHECK(order.back() == 5 && simulation.nowUs() == 1'000);
}

LinkSteps steps(double kbps, double delayMs, double queueMs, double lossPct = 0) {
  LinkStep step;
  step.kbps = kbps;
  step.delayMs = delayMs;
  step.queueMs = queueMs;
  step.lossPct = lossPct;
  LinkStep back = step;
  back.kbps = 1e6;
  back.lossPct = 0;
  return {{step}, {back}};
}

void fillsALinkAlone() {
  Simulation simulation;
  Bottleneck bottleneck(steps(6'000, 20, 300), 1);
  TcpFlow flow(simulation, bottleneck, {.endUs = 60 * second});
  simulation.run(60 * second);
  CHECK(static_cast<double>(flow.receivedBytes()) * 8 / 60 > 0.93 * 6e6);
  CHECK(static_cast<double>(flow.receivedBytes()) * 8 / 60 <= 6e6);
}

void isFairToItself() {
  Simulation simulation;
  Bottleneck bottleneck(steps(6'000, 20, 300), 1);
  TcpFlow first(simulation, bottleneck, {.endUs = 120 * second});
  TcpFlow second_(simulation, bottleneck, {.beginUs = 10 * second, .endUs = 120 * second});
  simulation.run(30 * second);
  const auto a = first.receivedBytes();
  const auto b = second_.receivedBytes();
  simulation.run(120 * second);
  const double one = static_cast<double>(first.receivedBytes() - a);
  const double two = static_cast<double>(second_.receivedBytes() - b);
  CHECK((one + two) * (one + two) / (2 * (one * one + two * two)) > 0.9);
  CHECK((one + two) * 8 / 90 > 0.93 * 6e6);
}

void sendsAllOfAFile() {
  Simulation simulation;
  Bottleneck bottleneck(steps(6'000, 20, 50, 3), 1);
  TcpFlow flow(simulation, bottleneck, {.bytes = 150'000});
  simulation.run(30 * second);
  CHECK(flow.receivedBytes() == 150'000);
}

void survivesADeadLink() {
  Simulation simulation;
  Bottleneck bottleneck(steps(6'000, 20, 300), 1);
  TcpFlow flow(simulation, bottleneck, {});
  simulation.run(5 * second);
  LinkStep dead = bottleneck.ways[0].step(simulation.nowUs());
  LinkStep alive = dead;
  dead.lossPct = 100;
  bottleneck.ways[0].set(dead);
  simulation.run(10 * second);
  const auto before = flow.receivedBytes();
  bottleneck.ways[0].set(alive);
  simulation.run(20 * second);
  CHECK(static_cast<double>(flow.receivedBytes() - before) * 8 / 10 > 0.5 * 6e6);
}

}  // namespace

int main() {
  inOrderOfTimeThenOfMaking();
  fillsALinkAlone();
  isFairToItself();
  sendsAllOfAFile();
  survivesADeadLink();
  return 0;
}
