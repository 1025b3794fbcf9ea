#include "link/sei.h"

#include <algorithm>
#include <array>

#include "link/annex-b.h"
#include "link/byte-order.h"

namespace feimu {

namespace {

constexpr std::uint8_t seiType = 6;
constexpr std::uint8_t lastSliceType = 5;
constexpr std::uint8_t userDataUnregistered = 5;
constexpr std::array<std::uint8_t, 16> uuid{0x3a, 0xb4, 0xb0, 0x73, 0xd1, 0x14, 0x4e, 0xb7,
                                            0x95, 0xf7, 0x6e, 0xb4, 0x1c, 0x27, 0x5a, 0x09};
constexpr std::size_t messageBytes = uuid.size() + 1 + 8 + 8;

bool isSlice(std::uint8_t header) { return (header & 0x1f) >= 1 && (header & 0x1f) <= lastSliceType; }

/// The bytes of a NAL unit without emulation prevention (H.264 §7.4.1.1).
class RbspReader {
 public:
  explicit RbspReader(std::span<const std::uint8_t> nal) : rest_(nal.subspan(1)) {}

  std::optional<std::uint8_t> next() {
    if (zeros_ >= 2 && !rest_.empty() && rest_[0] == 3) {
      rest_ = rest_.subspan(1);
      zeros_ = 0;
    }
    if (rest_.empty()) return std::nullopt;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    zeros_ = value == 0 ? zeros_ + 1 : 0;
    return value;
  }
  /// A number of the SEI header: bytes of 255 and one below, added up (§7.3.2.3.1).
  std::optional<std::size_t> number() {
    std::size_t sum = 0;
    for (;;) {
      const auto byte = next();
      if (!byte) return std::nullopt;
      sum += *byte;
      if (*byte != 255) return sum;
    }
  }

 private:
  std::span<const std::uint8_t> rest_;
  int zeros_ = 0;
};

/// The payload of the first message of this size and kind with our UUID.
std::optional<std::array<std::uint8_t, messageBytes>> findMessage(std::span<const std::uint8_t> nal) {
  RbspReader reader(nal);
  for (;;) {
    const auto type = reader.number();
    const auto size = reader.number();
    if (!type || !size) return std::nullopt;
    std::array<std::uint8_t, messageBytes> bytes{};
    for (std::size_t i = 0; i < *size; i++) {
      const auto byte = reader.next();
      if (!byte) return std::nullopt;
      if (i < bytes.size()) bytes[i] = *byte;
    }
    const bool ours = *type == userDataUnregistered && *size >= messageBytes && std::equal(uuid.begin(), uuid.end(), bytes.begin());
    if (ours) return bytes;
  }
}

}  // namespace

void insertCaptureInfo(std::vector<std::uint8_t>& annexB, const CaptureInfo& info) {
  std::array<std::uint8_t, messageBytes + 2> message{userDataUnregistered, messageBytes};
  auto* at = std::copy(uuid.begin(), uuid.end(), message.begin() + 2);
  *at++ = static_cast<std::uint8_t>(info.clock);
  write64(at, static_cast<std::uint64_t>(info.capturedUs));
  write64(at + 8, info.deviceId);

  // At most one byte of emulation prevention for two of the message.
  std::array<std::uint8_t, 4 + 1 + message.size() * 3 / 2 + 1> nal{0, 0, 0, 1, seiType};
  std::size_t size = 5;
  int zeros = 0;
  for (const std::uint8_t byte : message) {
    if (zeros == 2 && byte <= 3) {
      nal[size++] = 3;
      zeros = 0;
    }
    nal[size++] = byte;
    zeros = byte == 0 ? zeros + 1 : 0;
  }
  nal[size++] = 0x80;  // rbsp_trailing_bits

  std::size_t offset = annexB.size();
  std::span<const std::uint8_t> rest = annexB;
  for (auto found = takeNal(rest); !found.empty(); found = takeNal(rest)) {
    if (!isSlice(found[0])) continue;
    offset = static_cast<std::size_t>(found.data() - annexB.data()) - 3;
    if (offset > 0 && annexB[offset - 1] == 0) offset--;
    break;
  }
  annexB.insert(annexB.begin() + static_cast<std::ptrdiff_t>(offset), nal.begin(), nal.begin() + static_cast<std::ptrdiff_t>(size));
}

std::optional<CaptureInfo> findCaptureInfo(std::span<const std::uint8_t> annexB) {
  for (auto nal = takeNal(annexB); !nal.empty() && !isSlice(nal[0]); nal = takeNal(annexB)) {
    if ((nal[0] & 0x1f) != seiType) continue;
    const auto message = findMessage(nal);
    if (!message) continue;
    const std::uint8_t* at = message->data() + uuid.size();
    if (*at > static_cast<std::uint8_t>(CaptureInfo::Clock::monotonic)) return std::nullopt;
    return CaptureInfo{static_cast<CaptureInfo::Clock>(*at), static_cast<std::int64_t>(read64(at + 1)), read64(at + 9)};
  }
  return std::nullopt;
}

}  // namespace feimu
