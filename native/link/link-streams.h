#pragma once
#include <cstdint>

namespace feimu {

/// The repairs of a link are streams of their own, numbered after its media's: so they are known to belong to it.
constexpr std::uint32_t rtxSsrcOf(std::uint32_t mediaSsrc) { return mediaSsrc + 1; }
constexpr std::uint32_t fecSsrcOf(std::uint32_t mediaSsrc) { return mediaSsrc + 2; }

}  // namespace feimu
