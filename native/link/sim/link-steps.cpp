#include "link/sim/link-steps.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace feimu {

namespace {

bool parseNumber(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value) && value >= 0 && value <= 1e9;
}

bool parseValue(std::string_view name, std::string_view text, LinkStep& step) {
  if (name == "kbps") return parseNumber(text, step.kbps);
  if (name == "delayMs") return parseNumber(text, step.delayMs);
  if (name == "lossPct") return parseNumber(text, step.lossPct) && step.lossPct <= 100;
  if (name == "queueMs") return parseNumber(text, step.queueMs);
  if (name == "jitterMs") return parseNumber(text, step.jitterMs);
  if (name == "ecn") return parseNumber(text, step.ecnMs);
  if (name == "packets") {
    double packets = 0;
    if (!parseNumber(text, packets) || packets != std::floor(packets)) return false;
    step.queuePackets = static_cast<int>(packets);
    return true;
  }
  const std::size_t slash = text.find('/');
  return name == "burst" && slash != std::string_view::npos && parseNumber(text.substr(0, slash), step.burstPct) &&
         step.burstPct <= 100 && parseNumber(text.substr(slash + 1), step.burstPackets) && step.burstPackets >= 1;
}

std::optional<LinkStep> parseStep(std::string_view word) {
  LinkStep step;
  constexpr std::string_view names[] = {"kbps", "delayMs", "lossPct", "queueMs", "jitterMs"};
  std::size_t comma = word.find(',');
  if (!parseNumber(word.substr(0, comma), step.atS)) return std::nullopt;
  std::size_t index = 0;
  while (comma != std::string_view::npos) {
    word.remove_prefix(comma + 1);
    comma = word.find(',');
    const std::string_view part = word.substr(0, comma);
    const std::size_t sign = part.find('=');
    const bool named = sign != std::string_view::npos;
    if (named ? index < 4 : index == std::size(names)) return std::nullopt;
    if (!parseValue(named ? part.substr(0, sign) : names[index++], part.substr(named ? sign + 1 : 0), step)) return std::nullopt;
  }
  if (index < 4) return std::nullopt;
  return step;
}

}  // namespace

std::optional<LinkSteps> parseLinkSteps(std::string_view text, std::string& error) {
  LinkSteps steps;
  while (!text.empty()) {
    if (text.front() == '#') {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
      continue;
    }
    const std::size_t size = std::min(text.find_first_of(" \t\r\n"), text.size());
    const std::string_view word = text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
    if (word.empty()) continue;
    const bool back = word.starts_with("back:");
    const auto step = parseStep(back ? word.substr(5) : word);
    auto& direction = back ? steps.back : steps.forward;
    if (!step || (!direction.empty() && step->atS < direction.back().atS)) {
      error = "step " + std::string(word) + ": expected t,kbps,delayMs,lossPct,queueMs[,jitterMs][,packets=N]" +
              "[,burst=PCT/LENGTH][,ecn=MS], in the order of t";
      return std::nullopt;
    }
    direction.push_back(*step);
  }
  if (steps.forward.empty()) {
    error = "expected at least one step";
    return std::nullopt;
  }
  if (steps.back.empty()) {
    for (const LinkStep& step : steps.forward) {
      steps.back.push_back({.atS = step.atS, .delayMs = step.delayMs, .jitterMs = step.jitterMs});
    }
  }
  return steps;
}

bool changeLinkStep(std::string_view words, LinkStep& step, std::string& error) {
  constexpr std::string_view blank = " \t\r\n";
  const auto next = [&] {
    words.remove_prefix(std::min(words.find_first_not_of(blank), words.size()));
    const std::string_view word = words.substr(0, words.find_first_of(blank));
    words.remove_prefix(word.size());
    return word;
  };
  LinkStep changed = step;
  for (std::string_view name = next(); !name.empty(); name = next()) {
    const std::string_view value = next();
    if (!parseValue(name, value, changed)) {
      error = "expected kbps, delayMs, lossPct, queueMs, jitterMs, packets, burst or ecn and a value but received " +
              std::string(name) + " " + std::string(value);
      return false;
    }
  }
  step = changed;
  return true;
}

}  // namespace feimu
