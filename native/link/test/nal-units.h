#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "link/annex-b.h"

namespace feimu::testing {

/// The NAL units of an Annex B byte stream, without start codes.
inline std::vector<std::span<const std::uint8_t>> nalUnits(std::span<const std::uint8_t> stream) {
  std::vector<std::span<const std::uint8_t>> units;
  for (auto unit = takeNal(stream); !unit.empty(); unit = takeNal(stream)) units.push_back(unit);
  return units;
}

}  // namespace feimu::testing
