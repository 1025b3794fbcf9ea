#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "link/access-unit-assembler.h"
#include "link/rtp-packet.h"

namespace feimu {

/// H.264 from RTP (RFC 6184: single NAL unit, STAP-A, FU-A). Puts a short reordering right, finds loss, and gives
/// out whole access units only: after a loss nothing until the next IDR, so that no damaged picture is ever shown.
/// One thread.
class H264Depacketizer {
 public:
  using Sink = std::function<void(AccessUnit&&)>;
  struct Stats {
    std::uint64_t packets = 0;
    std::uint64_t lost = 0;
    std::uint64_t late = 0;       // came after they had been given up, or twice
    std::uint64_t malformed = 0;  // payloads that are not H.264
  };

  explicit H264Depacketizer(Sink sink) : sink_(std::move(sink)) {}

  void push(const RtpPacket& packet, std::int64_t nowUs);
  /// Gives a gap up when it is older than `reorderUs`; call it when nothing came for a while.
  void expire(std::int64_t nowUs);
  /// Forgets the stream: the next packet begins a new one.
  void reset();
  /// True from a loss (or the start) to the next IDR: the sender should be asked for one.
  [[nodiscard]] bool waitsForKey() const { return waitsForKey_; }
  [[nodiscard]] const Stats& stats() const { return stats_; }

  static constexpr int reorderPackets = 32;
  static constexpr std::int64_t reorderUs = 10'000;

 private:
  struct Slot {
    bool used = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    bool marker = false;
    std::int64_t arrivedUs = 0;
    std::vector<std::uint8_t> payload;
  };
  static constexpr std::size_t slots = 64;

  void store(const RtpPacket& packet, std::int64_t nowUs);
  void drain();
  void skipGap();
  void take(std::span<const std::uint8_t> payload, std::uint32_t timestamp, bool marker, std::int64_t arrivedUs);
  void finish();
  void spoil();

  Sink sink_;
  Stats stats_;
  std::array<Slot, slots> slots_{};
  std::size_t stored_ = 0;
  bool started_ = false;
  std::uint16_t expected_ = 0;
  AccessUnitAssembler assembler_;
  bool spoiled_ = false;  // its unit misses a part
  bool waitsForKey_ = true;
};

}  // namespace feimu
