#pragma once
#include <cstdint>
#include <span>

namespace feimu {

/// Takes the next NAL unit, without its start code, off an Annex B byte stream (H.264 annex B). Empty at the end.
std::span<const std::uint8_t> takeNal(std::span<const std::uint8_t>& stream);

}  // namespace feimu
