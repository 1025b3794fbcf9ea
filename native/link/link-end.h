#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace feimu {

/// One end of a link without sockets and clocks. One thread.
class LinkEnd {
 public:
  virtual ~LinkEnd() = default;
  /// A datagram after decryption. `arrivedUs`: CLOCK_MONOTONIC, microseconds; `ecn`: the two bits of its IP header.
  virtual void onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) = 0;
  /// Writes the next datagram that may leave now into `out` (1,500 bytes); its size, 0 when there is none.
  virtual std::size_t next(std::int64_t nowUs, std::span<std::uint8_t> out) = 0;
  /// When next() is worth calling even if nothing comes.
  [[nodiscard]] virtual std::int64_t wakeUs() const = 0;
};

}  // namespace feimu
