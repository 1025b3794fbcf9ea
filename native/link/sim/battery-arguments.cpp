#include "link/sim/battery-arguments.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace feimu {

namespace {

constexpr double ownSeconds = 60;

std::string listOfScenarios() {
  std::string list;
  for (const Scenario& one : scenarios()) list += "\n  " + one.name + std::string(16 - one.name.size(), ' ') + one.about;
  return list;
}

bool parsePositive(const std::string& text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 && value < 1e9;
}

bool readTrace(const std::string& file, double maxKbps, double seconds, Scenario& own, std::string& error) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  error = "cannot be read";
  const auto steps = stream ? parseLinkSteps(text.str(), error) : std::nullopt;
  if (!steps) {
    error = file + ": " + error;
    return false;
  }
  if (std::any_of(steps->forward.begin(), steps->forward.end(), [](const LinkStep& step) { return step.kbps <= 0; })) {
    error = file + ": each step of the way there needs a rate above 0";
    return false;
  }
  own = {file, "a link of your own", *steps, seconds, {{}}, {}};
  own.flows[0].maxBps = maxKbps * 1e3;
  own.flows[0].endUs = static_cast<std::int64_t>(seconds * 1e6);
  return true;
}

}  // namespace

bool parseBatteryArguments(std::span<char*> words, std::span<const std::string_view> more, BatteryArguments& arguments, std::string& error) {
  std::map<std::string, std::string, std::less<>> given;
  for (std::size_t i = 0; i < words.size(); i++) {
    const std::string word = words[i];
    BatteryOptions& options = arguments.options;
    constexpr std::string_view valued[] = {"--scenario", "--seconds", "--seed", "--without", "--slices", "--pacing-of-media", "--trace", "--max-kbps"};
    if (word == "--no-rtx") options.rtx = false;
    else if (word == "--no-fec") options.fec = false;
    else if (word == "--no-pacing") options.pacing = false;
    else if (word == "--series") arguments.series = true;
    else if (i + 1 < words.size() && std::find(std::begin(valued), std::end(valued), word) != std::end(valued)) given[word] = words[++i];
    else if (i + 1 < words.size() && std::find(more.begin(), more.end(), word) != more.end()) arguments.more[word] = words[++i];
    else {
      error = "unknown argument " + word + ", or its value is missing";
      return false;
    }
  }
  double seed = 1, slices = 4, maxKbps = 8'000, seconds = 0;
  const std::pair<const char*, double*> numbers[] = {{"--seed", &seed}, {"--slices", &slices}, {"--max-kbps", &maxKbps},
                                                      {"--seconds", &seconds}, {"--pacing-of-media", &arguments.options.pacingOfMedia}};
  for (const auto& [name, value] : numbers) {
    const auto found = given.find(name);
    if (found == given.end() || parsePositive(found->second, *value)) continue;
    error = std::string(name) + ": expected a number above 0 but received " + found->second;
    return false;
  }
  arguments.options.seed = static_cast<std::uint64_t>(seed);
  arguments.options.slices = static_cast<int>(slices);
  arguments.options.without = given["--without"];
  BbrOptions unused;
  if (!arguments.options.without.empty() && deviation(unused, arguments.options.without) == nullptr) {
    error = "no deviation " + arguments.options.without + "; there are: trains, standing, quick-drop, shares, blind, competing, roomy";
    return false;
  }
  if (const std::string& file = given["--trace"]; !file.empty()) {
    return readTrace(file, maxKbps, seconds > 0 ? seconds : ownSeconds, arguments.scenarios.emplace_back(), error);
  }
  const std::string& name = given["--scenario"];
  for (const Scenario& one : scenarios()) {
    if (name.empty() || one.name == name) arguments.scenarios.push_back(seconds > 0 ? shortened(one, seconds) : one);
  }
  if (!arguments.scenarios.empty()) return true;
  error = "no scenario " + name + "; there are:" + listOfScenarios();
  return false;
}

}  // namespace feimu
