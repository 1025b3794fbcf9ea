#pragma once
#include <cstdint>
#include <limits>
#include <string>

namespace feimu {

/// One end of a link as it is now: message Link of media.proto. NaN and empty texts: not known.
struct LinkStatus {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  std::string role;     // "send", "receive"
  std::string label;    // configured address
  std::string peer;
  std::string state;
  std::string failure;  // code in the catalogue
  bool isProtected = false;
  // Of the last second:
  double kbps = unknown;
  double targetKbps = unknown;
  double pacingKbps = unknown;
  double rttMs = unknown;
  double queueMs = unknown;
  double loss = unknown;
  double repaired = unknown;
  double parity = unknown;
  // Since it was opened:
  std::uint64_t frames = 0;
  std::uint64_t framesDropped = 0;
  std::uint64_t keyRequests = 0;
  std::uint64_t malformed = 0;
  std::uint64_t forged = 0;
  std::uint64_t replayed = 0;
  // P95 of the last second:
  double encodeMs = unknown;
  double sendMs = unknown;
  double assembleMs = unknown;
  double decodeMs = unknown;
  double totalMs = unknown;
};

}  // namespace feimu
