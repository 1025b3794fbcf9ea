// feimu-link-flows: a scenario's flows of ours in real time, over UDP between two network namespaces; the link between
// them is feimu-linkemu's. Options: battery-arguments.h, and
//   --describe 1            what the link has to be, in JSON, and nothing else
//   --from SPACE --from-address A --to SPACE --to-address B
//   --begin-us N            CLOCK_MONOTONIC at which the link's steps began
//   --packets FILE          the emulator's trace, read at the end
// Prints "done" when the flows have ended; then a line on standard input, the bytes that each of the scenario's TCP
// flows brought, lets it read the trace and print the line of JSON that feimu-link-battery prints.
#include <poll.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>

#include "link/clock.h"
#include "link/sim/battery-arguments.h"
#include "link/sim/socket-path.h"
#include "link/thread-priority.h"

using namespace feimu;

namespace {

constexpr std::uint16_t firstPort = 7'100;
constexpr std::int64_t afterUs = 1'000'000;

void describe(const Scenario& scenario) {
  std::printf("{\"seconds\":%g,\"maxKbps\":%g,\"steps\":[", scenario.seconds, scenario.flows[0].maxBps / 1e3);
  const char* comma = "";
  for (int way = 0; way < 2; way++) {
    for (const LinkStep& step : way == 0 ? scenario.steps.forward : scenario.steps.back) {
      std::printf("%s\"%s%g,%g,%g,%g,%g,%g,packets=%d", comma, way == 0 ? "" : "back:", step.atS, step.kbps, step.delayMs, step.lossPct,
                  step.queueMs, step.jitterMs, step.queuePackets);
      if (step.burstPct > 0) std::printf(",burst=%g/%g", step.burstPct, step.burstPackets);
      std::printf(",ecn=%g\"", step.ecnMs);
      comma = ",";
    }
  }
  std::printf("],\"tcp\":[");
  comma = "";
  for (const TcpFlow::Options& one : scenario.tcp) {
    std::printf("%s{\"beginS\":%g,\"bytes\":%" PRId64 "}", comma, static_cast<double>(one.beginUs) / 1e6, one.bytes);
    comma = ",";
  }
  std::printf("]}\n");
}

/// Of one direction, in the order of time.
struct Passed {
  std::int64_t inUs, queueUs;
};

bool readPackets(const std::string& file, std::int64_t beginUs, std::array<std::vector<Passed>, 2>& ways) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) return false;
  while (std::getline(stream, line)) {
    std::array<char, 16> way{};
    std::int64_t inUs = 0, outUs = 0, bytes = 0, queueUs = 0;
    if (std::sscanf(line.c_str(), "%15[^,],%" SCNd64 ",%" SCNd64 ",%" SCNd64 ",%" SCNd64, way.data(), &inUs, &outUs, &bytes, &queueUs) != 5) return false;
    ways[std::string_view(way.data()) == "forward" ? 0 : 1].push_back({inUs - beginUs, queueUs});
  }
  return true;
}

void run(Simulation& simulation, const std::vector<SocketPath*>& paths, std::int64_t beginUs, std::int64_t untilUs) {
  std::vector<pollfd> waiting;
  for (const SocketPath* path : paths) {
    for (int end = 0; end < 2; end++) waiting.push_back({path->descriptor(end), POLLIN, 0});
  }
  for (std::int64_t now = nowUs() - beginUs; now < untilUs; now = nowUs() - beginUs) {
    simulation.catchUp(now);
    for (SocketPath* path : paths) path->receive();
    const std::int64_t waitUs = std::clamp<std::int64_t>(simulation.nextUs() - (nowUs() - beginUs), 0, 100'000);
    const timespec wait{waitUs / 1'000'000, waitUs % 1'000'000 * 1'000};
    ::ppoll(waiting.data(), waiting.size(), &wait, nullptr);
  }
}

int fail(const std::string& error) {
  std::fprintf(stderr, "feimu-link-flows: %s\n", error.c_str());
  return 2;
}

}  // namespace

int main(int count, char** words) {
  BatteryArguments arguments;
  std::string error;
  constexpr std::string_view more[] = {"--describe", "--from", "--from-address", "--to", "--to-address", "--begin-us", "--packets"};
  if (!parseBatteryArguments({words + 1, static_cast<std::size_t>(count - 1)}, more, arguments, error)) return fail(error);
  if (arguments.scenarios.size() != 1) return fail("--scenario or --trace is needed");
  const Scenario& scenario = arguments.scenarios[0];
  auto& given = arguments.more;
  if (given.contains("--describe")) {
    describe(scenario);
    return 0;
  }
  const std::int64_t beginUs = std::strtoll(given["--begin-us"].c_str(), nullptr, 10);
  const std::array<SocketPath::End, 2> ends{{{given["--from"], given["--from-address"]}, {given["--to"], given["--to-address"]}}};
  Simulation simulation;
  simulation.catchUp(nowUs() - beginUs);
  std::vector<SocketPath*> paths;
  std::vector<std::unique_ptr<SocketPath>> opened;
  for (std::size_t i = 0; i < scenario.flows.size(); i++) {
    const auto way = static_cast<std::size_t>(scenario.flows[i].way);
    opened.push_back(SocketPath::open({.from = ends[way],
                                       .to = ends[1 - way],
                                       .port = static_cast<std::uint16_t>(firstPort + i),
                                       .beginUs = beginUs,
                                       .extraDelayUs = scenario.flows[i].extraDelayUs,
                                       .steps = way == 0 ? scenario.steps.forward : scenario.steps.back},
                                      simulation, error));
    if (!opened.back()) return fail(error);
    paths.push_back(opened.back().get());
  }
  const auto flows = makeFlows(scenario, arguments.options, simulation, [&](std::size_t i) { return std::move(opened[i]); });
  if (!putThisThreadFirst()) std::fprintf(stderr, "feimu-link-flows: SCHED_FIFO is not permitted\n");
  run(simulation, paths, beginUs, static_cast<std::int64_t>(scenario.seconds * 1e6) + afterUs);
  std::puts("done");
  std::fflush(stdout);

  std::string line;
  if (!std::getline(std::cin, line)) return fail("nobody said what TCP brought");
  std::istringstream numbers(line);
  std::vector<std::int64_t> tcpBytes(scenario.tcp.size());
  for (std::int64_t& bytes : tcpBytes) numbers >> bytes;
  std::array<std::vector<Passed>, 2> ways;
  if (!readPackets(given["--packets"], beginUs, ways)) return fail(given["--packets"] + ": is no trace of feimu-linkemu");
  for (const auto& flow : flows) {
    const std::vector<Passed>& passed = ways[static_cast<std::size_t>(flow->options().way)];
    flow->addPathQueue([&](std::int64_t sentUs) -> std::int64_t {
      const auto met = std::lower_bound(passed.begin(), passed.end(), sentUs, [](const Passed& one, std::int64_t us) { return one.inUs < us; });
      return met == passed.end() ? 0 : met->queueUs + met->inUs - sentUs;
    });
  }
  std::puts(toJson(scenario, measureScenario(scenario, flows, tcpBytes), arguments.series).c_str());
  return 0;
}
