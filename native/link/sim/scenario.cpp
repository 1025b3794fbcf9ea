#include "link/sim/scenario.h"

#include <algorithm>

namespace feimu {

namespace {

LinkSteps link(std::initializer_list<LinkStep> forward) {
  LinkSteps steps;
  steps.forward = forward;
  for (LinkStep step : steps.forward) {
    step.kbps = 0;
    step.queuePackets = 0;
    if (step.lossPct < 100) step.lossPct = 0;
    steps.back.push_back(step);
  }
  return steps;
}

MediaFlow::Options flow(double maxBps, double beginS, double endS) {
  MediaFlow::Options options;
  options.maxBps = maxBps;
  options.beginUs = static_cast<std::int64_t>(beginS * 1e6);
  options.endUs = static_cast<std::int64_t>(endS * 1e6);
  return options;
}

/// RFC 8867 §5: 50 ms one way, a drop-tail queue of 300 ms.
LinkStep rfc(double atS, double kbps, double queueMs = 300) { return {.atS = atS, .kbps = kbps, .delayMs = 50, .queueMs = queueMs}; }

std::vector<Scenario> make() {
  std::vector<Scenario> all;
  const auto add = [&](std::string name, std::string about, LinkSteps steps, double seconds, double maxBps) -> Scenario& {
    all.push_back({std::move(name), std::move(about), std::move(steps), seconds, {flow(maxBps, 0, seconds)}, {}});
    return all.back();
  };
  add("lan", "50 Mbps, 1 ms", link({{.kbps = 50'000, .delayMs = 1, .queueMs = 300}}), 30, 4.5e6);
  add("lan-buffer", "the same behind a buffer of ten packets", link({{.kbps = 50'000, .delayMs = 1, .queueMs = 300, .queuePackets = 10}}), 30, 4.5e6);
  add("rfc8867-5.1", "variable capacity, one flow", link({rfc(0, 1'000), rfc(40, 2'500), rfc(60, 600), rfc(80, 1'000)}), 100, 1.5e6);
  {
    Scenario& one = add("rfc8867-5.2", "variable capacity, two flows", link({rfc(0, 4'000), rfc(25, 2'000), rfc(50, 3'500), rfc(75, 1'000), rfc(100, 2'000)}), 125, 1.5e6);
    one.flows.push_back(flow(1.5e6, 0, 125));
  }
  {
    Scenario& one = add("rfc8867-5.3", "media both ways, the way back congested", {}, 100, 1.5e6);
    one.steps.forward = {rfc(0, 2'000), rfc(20, 1'000), rfc(40, 500), rfc(60, 2'000)};
    one.steps.back = {rfc(0, 2'000), rfc(35, 800), rfc(70, 2'000)};
    one.flows.push_back(flow(1.5e6, 0, 100));
    one.flows.back().way = 1;
  }
  {
    Scenario& one = add("rfc8867-5.4", "three flows, one after another", link({rfc(0, 3'500)}), 120, 1.5e6);
    one.flows.push_back(flow(1.5e6, 20, 120));
    one.flows.push_back(flow(1.5e6, 40, 120));
  }
  {
    Scenario& one = add("rfc8867-5.5", "five flows with delays of 10 to 150 ms", link({{.kbps = 4'000, .delayMs = 10, .queueMs = 300}}), 300, 1.5e6);
    for (int i = 1; i < 5; i++) {
      one.flows.push_back(flow(1.5e6, i * 10, 300));
      one.flows.back().extraDelayUs = std::array<std::int64_t, 5>{0, 15'000, 40'000, 90'000, 140'000}[static_cast<std::size_t>(i)];
    }
  }
  add("rfc8867-5.6", "beside a TCP flow", link({rfc(0, 2'000)}), 120, 1.5e6).tcp = {{.beginUs = 10'000'000}};
  {
    Scenario& one = add("rfc8867-5.7", "two flows, ten short TCP flows", link({rfc(0, 2'000)}), 300, 1.5e6);
    one.flows.push_back(flow(1.5e6, 0, 300));
    for (int i = 0; i < 10; i++) one.tcp.push_back({.beginUs = 20'000'000 + i * 27'000'000LL, .bytes = 30'000 + i * 2'000});
  }
  {
    Scenario& one = add("rfc8867-5.8", "three flows, one pauses", link({rfc(0, 3'500)}), 120, 1.5e6);
    one.flows.push_back(flow(1.5e6, 0, 120));
    one.flows.push_back(flow(1.5e6, 0, 120));
    one.flows[1].pauseFromUs = 40'000'000;
    one.flows[1].pauseToUs = 60'000'000;
  }
  const auto fast = [](double atS, double kbps) { return LinkStep{.atS = atS, .kbps = kbps, .delayMs = 20, .queueMs = 300}; };
  add("x4.5", "RFC 8867 5.1 at 4.5 times the rates, 20 ms", link({fast(0, 4'500), fast(40, 11'250), fast(60, 2'700), fast(80, 4'500)}), 100, 10e6);
  const auto near = [](double atS, double kbps) { return LinkStep{.atS = atS, .kbps = kbps, .delayMs = 10, .queueMs = 300}; };
  add("drop", "10, 3, 10 Mbps", link({near(0, 10'000), near(20, 3'000), near(40, 10'000)}), 60, 8e6);
  add("loss", "6 Mbps, 2 % of the packets lost at random", link({{.kbps = 6'000, .delayMs = 20, .lossPct = 2, .queueMs = 300}}), 60, 8e6);
  add("jitter", "6 Mbps, 0 to 20 ms of jitter", link({{.kbps = 6'000, .delayMs = 20, .queueMs = 300, .jitterMs = 20}}), 60, 8e6);
  {
    Scenario& one = add("feedback-lost", "feedback lost for 200 ms", link({fast(0, 6'000)}), 30, 8e6);
    one.flows[0].feedbackDeadFromUs = 20'000'000;
    one.flows[0].feedbackDeadToUs = 20'200'000;
  }
  {
    LinkStep dark = fast(20, 6'000);
    dark.lossPct = 100;
    add("blackout", "both ways dead for 200 ms", link({fast(0, 6'000), dark, fast(20.2, 6'000)}), 30, 8e6);
  }
  {
    Scenario& one = add("fair", "two flows of ours", link({fast(0, 6'000)}), 120, 8e6);
    one.flows.push_back(flow(8e6, 10, 120));
  }
  add("tcp", "beside one TCP flow", link({fast(0, 6'000)}), 120, 8e6).tcp = {{.beginUs = 10'000'000}};
  return all;
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = make();
  return all;
}

Scenario shortened(const Scenario& scenario, double seconds) {
  Scenario shorter = scenario;
  shorter.seconds = std::min(seconds, scenario.seconds);
  for (MediaFlow::Options& one : shorter.flows) one.endUs = std::min(one.endUs, static_cast<std::int64_t>(shorter.seconds * 1e6));
  return shorter;
}

const Scenario* findScenario(std::string_view name) {
  const auto found = std::find_if(scenarios().begin(), scenarios().end(), [&](const Scenario& one) { return one.name == name; });
  return found == scenarios().end() ? nullptr : &*found;
}

}  // namespace feimu
