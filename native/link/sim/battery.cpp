#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "link/sim/frame-trace.h"
#include "link/sim/scenario.h"

namespace feimu {

namespace {

constexpr double settleS = 5;
constexpr double wholeWindowS = 0.5;

double percentile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return static_cast<double>(values[at]);
}

/// When a frame would have been whole had nothing been lost and nothing else been on the link.
std::int64_t lossFreeUs(const MediaFlow::Frame& frame, const LinkStep& step, std::int64_t extraUs) {
  return frame.pushedUs + static_cast<std::int64_t>(frame.sizeBytes * 8e3 / step.kbps + (step.delayMs + step.jitterMs) * 1e3) + extraUs;
}

PhaseResult measurePhase(const MediaFlow& flow, const std::vector<LinkStep>& steps, std::size_t index, double endS) {
  const LinkStep& step = steps[index];
  const MediaFlow::Options& options = flow.options();
  PhaseResult phase;
  const double beginS = std::max(step.atS, static_cast<double>(options.beginUs) / 1e6);
  phase.fromS = beginS + settleS;
  phase.toS = std::min(index + 1 < steps.size() ? steps[index + 1].atS : endS, static_cast<double>(options.endUs) / 1e6);
  phase.linkKbps = step.kbps;
  const auto beginUs = static_cast<std::int64_t>(beginS * 1e6);
  const auto fromUs = static_cast<std::int64_t>(phase.fromS * 1e6);
  const auto toUs = static_cast<std::int64_t>(phase.toS * 1e6);
  double onTimeBits = 0;
  double possibleBits = 0;  // min(link, source) over time
  constexpr double fps = FrameTrace::framesPerSecond;
  int late = 0;
  int late50 = 0;
  std::int64_t lastDoneUs = -1;
  std::vector<float> last;
  for (const MediaFlow::Frame& frame : flow.traces().frames) {
    // A gap belongs to where it ends: what a step does begins before it.
    if (frame.doneUs >= 0) {
      const double gapMs = lastDoneUs < 0 ? 0 : static_cast<double>(frame.doneUs - lastDoneUs) / 1e3;
      if (frame.doneUs >= beginUs && frame.doneUs < toUs) phase.longestGapMs = std::max(phase.longestGapMs, gapMs);
      lastDoneUs = frame.doneUs;
    }
    if (frame.captureUs >= toUs) continue;
    if (frame.captureUs < fromUs) continue;
    possibleBits += std::min({step.kbps * 1e3 / fps, options.maxBps / fps, frame.mostBytes * 8.0});
    if (frame.sizeBytes == 0) {
      phase.skipped++;
      continue;
    }
    phase.frames++;
    const std::int64_t ideal = lossFreeUs(frame, step, options.extraDelayUs);
    const auto wholeIn = [&](std::int64_t us) { return frame.doneUs >= 0 && frame.doneUs - ideal <= us; };
    if (wholeIn(100'000)) onTimeBits += frame.sizeBytes * 8.0;
    // The newest wins: a frame that a newer one overtook is not missed.
    const auto missedAt = [&](std::int64_t us) { return !wholeIn(us) && !(frame.overtakenUs >= 0 && frame.overtakenUs - ideal <= us); };
    late += missedAt(100'000) ? 1 : 0;
    late50 += missedAt(50'000) ? 1 : 0;
    if (frame.doneUs >= 0) last.push_back(static_cast<float>(static_cast<double>(frame.doneUs - frame.pushedUs) / 1e3 - step.delayMs));
  }
  phase.utilisation = possibleBits > 0 ? onTimeBits / possibleBits : 0;
  phase.frameLate = phase.frames > 0 ? double(late) / phase.frames : 0;
  phase.frameLate50 = phase.frames > 0 ? double(late50) / phase.frames : 0;
  phase.lastPacketP95Ms = percentile(last, 0.95);
  std::vector<float> queue;
  for (const MediaFlow::PacketTime& packet : flow.traces().packets) {
    if (packet.sentUs >= fromUs && packet.sentUs < toUs) queue.push_back(packet.queueMs);
    if (packet.sentUs >= beginUs && packet.sentUs < toUs) phase.worstQueueMs = std::max(phase.worstQueueMs, static_cast<double>(packet.queueMs));
  }
  phase.queueP50Ms = percentile(queue, 0.5);
  phase.queueP95Ms = percentile(queue, 0.95);
  phase.queueMaxMs = percentile(queue, 1);
  phase.recoveryS = -1;
  for (double t = beginS; t < phase.toS - wholeWindowS; t += 0.1) {
    double bits = 0;
    for (const MediaFlow::Frame& frame : flow.traces().frames) {
      const double at = static_cast<double>(frame.captureUs) / 1e6;
      if (at >= t && at < t + wholeWindowS && frame.doneUs >= 0) bits += frame.sizeBytes * 8.0;
    }
    if (bits / wholeWindowS >= 0.9 * std::min(step.kbps * 1e3, options.maxBps)) {
      phase.recoveryS = t + wholeWindowS - beginS;
      break;
    }
  }
  return phase;
}

FlowResult measureFlow(const MediaFlow& flow, const std::vector<LinkStep>& steps) {
  FlowResult result;
  const MediaFlow::Options& options = flow.options();
  const MediaFlow::Traces& traces = flow.traces();
  const double fromS = static_cast<double>(options.beginUs) / 1e6 + settleS;
  double bits = 0;
  int samples = 0;
  for (const MediaFlow::Sample& sample : traces.samples) {
    if (static_cast<double>(sample.atUs) / 1e6 < fromS) continue;
    bits += sample.receivedBps;
    samples++;
  }
  result.bps = samples > 0 ? bits / samples : 0;
  const double lost = static_cast<double>(traces.mediaSent - traces.mediaArrived);
  result.lossRatio = traces.mediaSent > 0 ? lost / double(traces.mediaSent) : 0;
  double sum = 0;
  double squares = 0;
  int count = 0;
  for (const MediaFlow::Frame& frame : traces.frames) {
    if (frame.doneUs < 0 || static_cast<double>(frame.captureUs) / 1e6 < fromS) continue;
    const double ms = static_cast<double>(frame.doneUs - frame.captureUs) / 1e3;
    sum += ms;
    squares += ms * ms;
    count++;
  }
  if (count > 0) result.jitterMs = std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count)));
  const auto received = flow.receiverStats();
  result.lossRepaired = lost > 0 ? std::min(1.0, static_cast<double>(received.repairedByRtx + received.repairedByFec) / lost) : 1;
  result.bytesInDark = traces.bytesInDark;
  result.windowBytes = flow.senderStats().target.windowBytes;
  double darkEndS = static_cast<double>(options.feedbackDeadToUs) / 1e6;
  for (std::size_t i = 1; i < steps.size(); i++) {
    if (steps[i - 1].lossPct >= 100) darkEndS = steps[i].atS;
  }
  if (darkEndS > 0) {
    for (const MediaFlow::Frame& frame : traces.frames) {
      if (static_cast<double>(frame.doneUs) / 1e6 > darkEndS) {
        result.backS = static_cast<double>(frame.doneUs) / 1e6 - darkEndS;
        break;
      }
    }
  }
  return result;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

bool* deviation(BbrOptions& options, const std::string& name) {
  if (name == "trains") return &options.trains;
  if (name == "standing") return &options.standing;
  if (name == "quick-drop") return &options.quickDrop;
  if (name == "shares") return &options.shares;
  if (name == "blind") return &options.blind;
  if (name == "competing") return &options.competing;
  if (name == "roomy") return &options.roomy;
  return nullptr;
}

std::vector<std::unique_ptr<MediaFlow>> makeFlows(const Scenario& scenario, const BatteryOptions& options, Simulation& simulation,
                                                  const std::function<std::unique_ptr<FlowPath>(std::size_t flow)>& path) {
  std::vector<std::unique_ptr<MediaFlow>> flows;
  for (std::size_t i = 0; i < scenario.flows.size(); i++) {
    MediaFlow::Options flow = scenario.flows[i];
    flow.seed = static_cast<std::uint32_t>(options.seed * 31 + i);
    flow.slices = options.slices;
    flow.rtx = options.rtx;
    flow.fec = options.fec;
    flow.pacing = options.pacing;
    flow.pacingOfMedia = options.pacingOfMedia;
    flow.traceOffset = i * 577;
    if (bool* one = deviation(flow.bbr, options.without)) *one = false;
    flows.push_back(std::make_unique<MediaFlow>(simulation, path(i), flow));
  }
  return flows;
}

ScenarioResult measureScenario(const Scenario& scenario, const std::vector<std::unique_ptr<MediaFlow>>& flows,
                               std::span<const std::int64_t> tcpBytes) {
  ScenarioResult result;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < flows.size(); i++) {
    const auto& steps = flows[i]->options().way == 0 ? scenario.steps.forward : scenario.steps.back;
    for (std::size_t step = 0; step < steps.size(); step++) {
      PhaseResult phase = measurePhase(*flows[i], steps, step, scenario.seconds);
      phase.flow = static_cast<int>(i);
      if (phase.toS > phase.fromS) result.phases.push_back(phase);
    }
    result.flows.push_back(measureFlow(*flows[i], steps));
    result.traces.push_back(flows[i]->traces());
    sum += result.flows.back().bps;
    squares += result.flows.back().bps * result.flows.back().bps;
  }
  if (squares > 0) result.jain = sum * sum / (static_cast<double>(flows.size()) * squares);
  for (std::size_t i = 0; i < tcpBytes.size(); i++) {
    const double seconds = scenario.seconds - static_cast<double>(scenario.tcp[i].beginUs) / 1e6;
    result.tcpBps.push_back(static_cast<double>(tcpBytes[i]) * 8 / seconds);
  }
  return result;
}

ScenarioResult runScenario(const Scenario& scenario, const BatteryOptions& options) {
  Simulation simulation;
  Bottleneck bottleneck(scenario.steps, options.seed);
  const auto flows = makeFlows(scenario, options, simulation, [&](std::size_t i) {
    return std::make_unique<SimulatedPath>(simulation, bottleneck, scenario.flows[i].way, scenario.flows[i].extraDelayUs);
  });
  std::vector<std::unique_ptr<TcpFlow>> tcp;
  for (const TcpFlow::Options& one : scenario.tcp) tcp.push_back(std::make_unique<TcpFlow>(simulation, bottleneck, one));
  simulation.run(static_cast<std::int64_t>(scenario.seconds * 1e6) + 1'000'000);
  std::vector<std::int64_t> tcpBytes;
  for (const auto& one : tcp) tcpBytes.push_back(one->receivedBytes());
  return measureScenario(scenario, flows, tcpBytes);
}

std::string toJson(const Scenario& scenario, const ScenarioResult& result, bool series) {
  std::string out = R"({"scenario":")" + scenario.name + R"(","phases":[)";
  double worst = 1e9;
  double p50 = 0;
  double p95 = 0;
  double most = 0;
  double late = 0;
  double recovery = 0;
  for (const PhaseResult& phase : result.phases) {
    if (&phase != result.phases.data()) out += ',';
    out += R"({"flow":)" + number(phase.flow) + R"(,"fromS":)" + number(phase.fromS) + R"(,"toS":)" + number(phase.toS) + R"(,"linkKbps":)" +
           number(phase.linkKbps) + R"(,"utilisation":)" + number(phase.utilisation) + R"(,"queueMs":{"p50":)" + number(phase.queueP50Ms) +
           R"(,"p95":)" + number(phase.queueP95Ms) + R"(,"max":)" + number(phase.queueMaxMs) + R"(,"maxSinceStep":)" +
           number(phase.worstQueueMs) + R"(},"frameLate":)" + number(phase.frameLate) + R"(,"frameLate50":)" + number(phase.frameLate50) +
           R"(,"longestGapMs":)" + number(phase.longestGapMs) + R"(,"lastPacketP95Ms":)" + number(phase.lastPacketP95Ms) +
           R"(,"recoverySeconds":)" + number(phase.recoveryS) + R"(,"frames":)" + number(phase.frames) + R"(,"skipped":)" +
           number(phase.skipped) + '}';
    worst = std::min(worst, phase.utilisation);
    p50 = std::max(p50, phase.queueP50Ms);
    p95 = std::max(p95, phase.queueP95Ms);
    most = std::max(most, phase.worstQueueMs);
    late = std::max(late, phase.frameLate);
    recovery = std::max(recovery, phase.recoveryS);
  }
  out += R"(],"flows":[)";
  double repaired = 1;
  for (const FlowResult& flow : result.flows) {
    if (&flow != result.flows.data()) out += ',';
    out += R"({"bps":)" + number(flow.bps) + R"(,"lossRatio":)" + number(flow.lossRatio) + R"(,"lossRepaired":)" + number(flow.lossRepaired) +
           R"(,"jitterMs":)" + number(flow.jitterMs) + R"(,"bytesInDark":)" + number(double(flow.bytesInDark)) + R"(,"windowBytes":)" +
           number(double(flow.windowBytes)) + R"(,"backSeconds":)" + number(flow.backS) + '}';
    repaired = std::min(repaired, flow.lossRepaired);
  }
  out += R"(],"tcpBps":[)";
  for (std::size_t i = 0; i < result.tcpBps.size(); i++) {
    if (i > 0) out += ',';
    out += number(result.tcpBps[i]);
  }
  out += R"(],"jain":)" + number(result.jain) + R"(,"utilisation":)" + number(result.phases.empty() ? 0 : worst) + R"(,"queueMs":{"p50":)" +
         number(p50) + R"(,"p95":)" + number(p95) + R"(,"max":)" + number(most) + R"(},"frameLate":)" + number(late) +
         R"(,"lossRepaired":)" + number(repaired) + R"(,"recoverySeconds":)" + number(recovery);
  if (series) {
    out += R"(,"series":[)";
    for (std::size_t i = 0; i < result.traces.size(); i++) {
      out += i > 0 ? ",[" : "[";
      for (const MediaFlow::Sample& sample : result.traces[i].samples) {
        if (&sample != result.traces[i].samples.data()) out += ',';
        out += R"({"s":)" + number(double(sample.atUs) / 1e6) + R"(,"target":)" + number(sample.targetBps) + R"(,"pacing":)" +
               number(sample.pacingBps) + R"(,"received":)" + number(sample.receivedBps) + R"(,"queueMs":)" + number(sample.queueMs) +
               R"(,"rttMs":)" + number(sample.rttMs) + R"(,"loss":)" + number(sample.lossRatio) + R"(,"state":")" + std::string(sample.state) + R"("})";
      }
      out += ']';
    }
    out += ']';
  }
  return out + '}';
}

}  // namespace feimu
