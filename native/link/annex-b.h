#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace feimu {

/// Takes the next NAL unit, without its start code, off an Annex B byte stream (H.264 annex B). Empty at the end.
std::span<const std::uint8_t> takeNal(std::span<const std::uint8_t>& stream);

/// The NAL units of an Annex B byte stream, without start codes.
std::vector<std::span<const std::uint8_t>> splitAnnexB(std::span<const std::uint8_t> bytes);

}  // namespace feimu
