#pragma once
// When and where a picture was captured, inside the picture: survives recording, other transports and relays.
// H.264 SEI message user_data_unregistered (D.1.7, payload type 5, 33 bytes), after taking out emulation prevention:
//  |       UUID 3ab4b073-d114-4eb7-95f7-6eb41c275a09, 128        |
//  |   clock 8     |            capture time 64, signed, us ...    |
//  |                        device id 64 ...                       |
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace feimu {

struct CaptureInfo {
  enum class Clock : std::uint8_t {
    realtime = 0,   // microseconds since 1970, as good as the device's clock is set
    monotonic = 1,  // of the device; only differences mean something
  };
  Clock clock = Clock::realtime;
  std::int64_t capturedUs = 0;
  std::uint64_t deviceId = 0;

  bool operator==(const CaptureInfo&) const = default;
};

/// Puts the message in front of the first slice of an access unit (Annex B), or at its end when it has none.
void insertCaptureInfo(std::vector<std::uint8_t>& annexB, const CaptureInfo& info);

/// The first such message of an access unit (Annex B); empty when there is none, or its clock is not known.
std::optional<CaptureInfo> findCaptureInfo(std::span<const std::uint8_t> annexB);

}  // namespace feimu
