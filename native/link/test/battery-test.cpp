// The battery in simulated time: what docs/performance.md promises of the link, and peers that do worse.
#include <cstdio>
#include <string>

#include "link/sim/scenario.h"
#include "testing/check.h"

using namespace feimu;

namespace {

ScenarioResult run(const char* name, const BatteryOptions& options = {}) {
  std::printf("%s\n", name);
  return runScenario(*findScenario(name), options);
}

/// Each phase from 5 s after its step.
void phases(const ScenarioResult& result, double utilisation, double queueP95Ms) {
  for (const PhaseResult& phase : result.phases) {
    std::printf("  %.0f kbps: %.3f used, queue P95 %.1f ms\n", phase.linkKbps, phase.utilisation, phase.queueP95Ms);
    CHECK(phase.utilisation >= utilisation);
    CHECK(phase.queueP95Ms <= queueP95Ms);
  }
}

}  // namespace

int main() {
  phases(run("loss"), 0.85, 30);
  CHECK(run("loss").phases[0].frameLate < 0.001);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;  // one is enough to find what sanitizers find
#endif
  for (const char* name : {"lan", "lan-buffer"}) {
    const ScenarioResult lan = run(name);
    CHECK(lan.phases[0].lastPacketP95Ms <= 6);
    CHECK(lan.flows[0].lossRatio <= 0.0001);
  }
  phases(run("rfc8867-5.1"), 0.9, 45);
  phases(run("x4.5"), 0.9, 30);
  phases(run("jitter"), 5.3 / 6, 45);

  const ScenarioResult drop = run("drop");
  phases(drop, 0.9, 30);
  for (const PhaseResult& phase : drop.phases) {
    CHECK(phase.worstQueueMs <= 200);
    CHECK(phase.longestGapMs <= 250);
    CHECK(phase.recoveryS >= 0 && phase.recoveryS <= 6);
  }
  for (const char* name : {"feedback-lost", "blackout"}) {
    const ScenarioResult dark = run(name);
    for (const PhaseResult& phase : dark.phases) CHECK(phase.longestGapMs <= 250);
    CHECK(dark.flows[0].bytesInDark <= dark.flows[0].windowBytes);
    CHECK(dark.flows[0].backS >= 0 && dark.flows[0].backS <= 0.3);
  }
  CHECK(run("fair").jain >= 0.95);
  const ScenarioResult tcp = run("tcp");
  CHECK(tcp.flows[0].bps >= 0.25 * (tcp.flows[0].bps + tcp.tcpBps[0]));

  // Repeatable, to the bit.
  CHECK(toJson(*findScenario("lan"), run("lan"), true) == toJson(*findScenario("lan"), run("lan"), true));
  // The draft's own samples starve a source that is limited between its frames.
  CHECK(run("loss", {.without = "trains"}).phases[0].utilisation < 0.6);
  return 0;
}
