// feimu-link-battery: scenarios in simulated time, one line of JSON each. Options: battery-arguments.h.
#include <cstdio>

#include "link/sim/battery-arguments.h"

int main(int count, char** words) {
  using namespace feimu;
  BatteryArguments arguments;
  std::string error;
  if (!parseBatteryArguments({words + 1, static_cast<std::size_t>(count - 1)}, {}, arguments, error)) {
    std::fprintf(stderr, "feimu-link-battery: %s\n", error.c_str());
    return 2;
  }
  for (const Scenario& one : arguments.scenarios) {
    std::puts(toJson(one, runScenario(one, arguments.options), arguments.series).c_str());
    std::fflush(stdout);
  }
  return 0;
}
