#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "link/sim/link-steps.h"
#include "link/sim/media-flow.h"
#include "link/sim/tcp-flow.h"

namespace feimu {

/// A link with what uses it, and how long.
struct Scenario {
  std::string name;
  std::string about;
  LinkSteps steps;
  double seconds = 60;
  std::vector<MediaFlow::Options> flows;
  std::vector<TcpFlow::Options> tcp;
};

/// All that have a name: `lan`, `lan-buffer`, `rfc8867-5.1` … `rfc8867-5.8`, `x4.5`, `drop`, `loss`, `jitter`,
/// `feedback-lost`, `blackout`, `fair`, `tcp`.
const std::vector<Scenario>& scenarios();
const Scenario* findScenario(std::string_view name);

struct PhaseResult {
  int flow = 0;
  double fromS = 0, toS = 0;   // measured: from 5 s after the step
  double linkKbps = 0;
  double utilisation = 0;      // of frames on time, with IP, UDP and RTP headers, over min(link, source)
  double queueP50Ms = 0, queueP95Ms = 0, queueMaxMs = 0;
  double worstQueueMs = 0;     // from the step itself on
  double frameLate = 0;        // share: whole more than 100 ms after the loss-free instant, or never
  double frameLate50 = 0;      // the same at 50 ms
  double longestGapMs = 0;     // between frames at the receiver, from the step itself on
  double lastPacketP95Ms = 0;  // frame handed over -> its last packet arrived, over the path's own delay
  double recoveryS = 0;        // from the step to half a second at 90 %; -1 never
  int frames = 0, skipped = 0;
};

struct FlowResult {
  double bps = 0;              // received from 5 s after its begin on
  double lossRatio = 0;        // of media packets on their first way
  double lossRepaired = 0;     // of the frames that lost a packet, those that were whole on time
  double jitterMs = 0;         // of frame arrivals: standard deviation of (arrival - capture)
  std::int64_t bytesInDark = 0, windowBytes = 0;
  double backS = -1;           // from the end of the dark to the first frame whole
};

struct ScenarioResult {
  std::vector<PhaseResult> phases;
  std::vector<FlowResult> flows;
  std::vector<MediaFlow::Traces> traces;
  std::vector<double> tcpBps;
  double jain = 1;
};

struct BatteryOptions {
  std::string without;         // a deviation of BbrOptions to switch off
  std::uint64_t seed = 1;
  int slices = 4;
  bool rtx = true, fec = true;
  double pacingOfMedia = 0;
  bool pacing = true;
};

/// The switch of a deviation; null: there is none of that name.
bool* deviation(BbrOptions& options, const std::string& name);
ScenarioResult runScenario(const Scenario& scenario, const BatteryOptions& options);
/// The scenario's flows on paths of the caller's.
std::vector<std::unique_ptr<MediaFlow>> makeFlows(const Scenario& scenario, const BatteryOptions& options, Simulation& simulation,
                                                  const std::function<std::unique_ptr<FlowPath>(std::size_t flow)>& path);
/// What the flows did; `tcpBytes`: what each of the scenario's TCP flows brought to the other end.
ScenarioResult measureScenario(const Scenario& scenario, const std::vector<std::unique_ptr<MediaFlow>>& flows,
                               std::span<const std::int64_t> tcpBytes);
/// Ended after so many seconds.
Scenario shortened(const Scenario& scenario, double seconds);
/// One line of JSON; with `series` the samples for plots too.
std::string toJson(const Scenario& scenario, const ScenarioResult& result, bool series);

}  // namespace feimu
