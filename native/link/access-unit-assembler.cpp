#include "link/access-unit-assembler.h"

#include <algorithm>

namespace feimu {

namespace {
constexpr std::uint8_t idrSlice = 5;
constexpr std::uint8_t sps = 7;
constexpr std::uint8_t delimiter = 9;
constexpr std::uint8_t stapA = 24;
constexpr std::uint8_t fuA = 28;

void classifyNal(std::uint8_t type, H264PayloadKind& kind) {
  if (type == idrSlice) kind.key = true;
  if (type == sps) kind.sps = true;
  if (type == sps || type == delimiter) kind.opens = true;
}
}  // namespace

H264PayloadKind classifyH264(std::span<const std::uint8_t> payload) {
  H264PayloadKind kind;
  if (payload.empty()) return kind;
  const std::uint8_t type = payload[0] & 0x1f;
  if (type < stapA) {
    classifyNal(type, kind);
  } else if (type == stapA) {
    for (std::size_t at = 1; at + 2 < payload.size();) {
      const std::size_t size = std::size_t{payload[at]} << 8 | payload[at + 1];
      classifyNal(payload[at + 2] & 0x1f, kind);
      at += 2 + size;
    }
  } else if (type == fuA && payload.size() >= 2) {
    const bool start = (payload[1] & 0x80) != 0;
    classifyNal(payload[1] & 0x1f, kind);
    kind.opens = kind.opens && start;
  }
  return kind;
}

void AccessUnitAssembler::begin(std::uint32_t timestamp, std::int64_t receivedUs) {
  open_ = true;
  inFragment_ = false;
  unit_.data.clear();
  unit_.data.reserve(likelyBytes_);
  unit_.key = false;
  unit_.timestamp = timestamp;
  unit_.receivedUs = receivedUs;
}

AccessUnitAssembler::Result AccessUnitAssembler::append(std::span<const std::uint8_t> payload) {
  if (payload.empty()) return Result::ok;  // padding only
  const std::uint8_t type = payload[0] & 0x1f;
  if (type >= 1 && type <= 23) {
    inFragment_ = false;
    return appendNal(payload) ? Result::ok : Result::malformed;
  }
  if (type == stapA) {
    inFragment_ = false;
    std::size_t at = 1;
    while (at + 2 <= payload.size()) {
      const std::size_t size = std::size_t{payload[at]} << 8 | payload[at + 1];
      at += 2;
      if (size == 0 || at + size > payload.size()) return Result::malformed;
      if (!appendNal(payload.subspan(at, size))) return Result::malformed;
      at += size;
    }
    return at == payload.size() ? Result::ok : Result::malformed;
  }
  if (type != fuA || payload.size() < 3) return Result::malformed;
  const bool start = (payload[1] & 0x80) != 0;
  const bool end = (payload[1] & 0x40) != 0;
  if (start) {
    const std::uint8_t header = (payload[0] & 0xe0) | (payload[1] & 0x1f);
    if (!appendNal({&header, 1})) return Result::malformed;
    inFragment_ = true;
  } else if (!inFragment_) {
    return Result::headless;
  }
  if (unit_.data.size() + payload.size() > maxBytes) return Result::malformed;
  unit_.data.insert(unit_.data.end(), payload.begin() + 2, payload.end());
  if (end) inFragment_ = false;
  return Result::ok;
}

bool AccessUnitAssembler::appendNal(std::span<const std::uint8_t> nal) {
  if (unit_.data.size() + nal.size() + 4 > maxBytes) return false;
  if ((nal[0] & 0x1f) == idrSlice) unit_.key = true;
  static constexpr std::uint8_t startCode[] = {0, 0, 0, 1};
  unit_.data.insert(unit_.data.end(), startCode, startCode + 4);
  unit_.data.insert(unit_.data.end(), nal.begin(), nal.end());
  return true;
}

AccessUnit AccessUnitAssembler::finish() {
  if (inFragment_) unit_.data.clear();
  open_ = false;
  inFragment_ = false;
  // Room for the next one at once, rather than by growing: falls slowly after a large picture.
  likelyBytes_ = std::max(unit_.data.size() + unit_.data.size() / 4, likelyBytes_ - likelyBytes_ / 8);
  AccessUnit whole = std::move(unit_);
  unit_ = {};
  return whole;
}

void AccessUnitAssembler::reset() {
  open_ = false;
  inFragment_ = false;
  unit_.data.clear();
}

}  // namespace feimu
