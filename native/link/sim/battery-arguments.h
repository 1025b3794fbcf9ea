#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "link/sim/scenario.h"

namespace feimu {

/// What both programs of the battery are told.
struct BatteryArguments {
  BatteryOptions options;
  std::vector<Scenario> scenarios;  // all without a name
  bool series = false;
  std::map<std::string, std::string, std::less<>> more;
};

/// [--scenario NAME] [--seconds N] [--seed N] [--without DEVIATION] [--slices N] [--no-rtx] [--no-fec] [--no-pacing]
/// [--pacing-of-media X] [--trace FILE [--max-kbps N]] [--series], and options of the program's own with a value each.
/// False with `error`, which says what there is.
bool parseBatteryArguments(std::span<char*> words, std::span<const std::string_view> more, BatteryArguments& arguments, std::string& error);

}  // namespace feimu
