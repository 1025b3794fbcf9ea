#pragma once
// Header extensions' data. Transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01 §2):
//  |      sequence number 16       |
// Absolute capture time (http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time):
//  |          NTP 32.32 s of the capture system's clock, 64        | clock offset 64, optional |
// Playout delay (http://www.webrtc.org/experiments/rtp-hdrext/playout-delay), 10 ms:
//  |       min 12          |       max 12          |
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "link/byte-order.h"

namespace feimu {

inline std::array<std::uint8_t, 2> makeTransportSequence(std::uint16_t sequence) {
  std::array<std::uint8_t, 2> out{};
  write16(out.data(), sequence);
  return out;
}
/// Version 2 of the extension has two bytes more, which ask for feedback.
inline std::optional<std::uint16_t> parseTransportSequence(std::span<const std::uint8_t> data) {
  if (data.size() != 2 && data.size() != 4) return std::nullopt;
  return read16(data.data());
}

inline std::array<std::uint8_t, 8> makeAbsoluteCaptureTime(std::uint64_t ntp) {
  std::array<std::uint8_t, 8> out{};
  write64(out.data(), ntp);
  return out;
}

/// In whole tens of milliseconds, up to 40.95 s. 0 and 0: browsers present at once.
struct PlayoutDelay {
  std::uint32_t minMs = 0;
  std::uint32_t maxMs = 0;
};
inline std::array<std::uint8_t, 3> makePlayoutDelay(PlayoutDelay delay) {
  const std::uint32_t bits = std::min(delay.minMs / 10, 0xfffu) << 12 | std::min(delay.maxMs / 10, 0xfffu);
  return {static_cast<std::uint8_t>(bits >> 16), static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)};
}

}  // namespace feimu
