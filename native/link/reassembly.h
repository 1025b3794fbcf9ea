#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "link/access-unit-assembler.h"

namespace feimu {

/// From packets in any order to access units in decoding order, each the moment it is whole.
/// While all is there, packets go straight into their picture. Behind a gap they wait in slots until the gap is filled,
/// or its deadline passes, or a later IDR is whole: then the older ones are given up. Without the picture that was given
/// up the decoder would show damage, so nothing more is released until an IDR. One thread.
class Reassembly {
 public:
  using Sink = std::function<void(AccessUnit&&)>;
  struct Packet {
    std::int64_t sequence = 0;  // RTP's, unwrapped
    std::uint32_t timestamp = 0;
    bool marker = false;
    std::int64_t arrivedUs = 0;
    std::span<const std::uint8_t> payload;  // at most maxPayloadBytes
  };
  enum class Outcome { taken, duplicate, late, malformed };
  struct Stats {
    std::uint64_t frames = 0;
    std::uint64_t framesGivenUp = 0;  // of which a packet had come; known when an IDR ends the wait or slots run out
    std::uint64_t malformed = 0;      // payloads that are not H.264
  };

  /// A gap is given up `deadlineUs` after it was seen.
  Reassembly(std::int64_t deadlineUs, Sink sink) : deadlineUs_(deadlineUs), sink_(std::move(sink)), slots_(slotCount) {}

  Outcome push(const Packet& packet);
  /// To be called at `wakeUs()` or later.
  void expire(std::int64_t nowUs);
  [[nodiscard]] std::int64_t wakeUs() const;
  /// What was released could not be decoded: nothing more until an IDR.
  void abandon();
  /// Another stream begins.
  void reset();

  [[nodiscard]] bool waitsForKey() const { return waitsForKey_; }
  /// When the newest part of an IDR came that is not whole yet; far in the past when there is none.
  [[nodiscard]] std::int64_t keyArrivedUs() const { return keyArrivedUs_; }
  /// Whether this packet, which did not come yet, would still help.
  [[nodiscard]] bool wants(std::int64_t sequence) const;
  [[nodiscard]] const Stats& stats() const { return stats_; }

  static constexpr std::size_t slotCount = 1024;
  static constexpr std::size_t maxPayloadBytes = 2048;

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
  struct Slot {
    std::int64_t sequence = never;
    std::uint32_t timestamp = 0;
    bool marker = false;
    bool stored = false;  // false: its payload was used already
    H264PayloadKind kind;
    std::int64_t arrivedUs = 0;
    std::vector<std::uint8_t> payload;  // keeps its capacity
  };
  Slot& at(std::int64_t sequence) { return slots_[static_cast<std::size_t>(sequence) & (slotCount - 1)]; }
  const Slot& at(std::int64_t sequence) const { return slots_[static_cast<std::size_t>(sequence) & (slotCount - 1)]; }
  const Slot* present(std::int64_t sequence) const;
  const Slot* stored(std::int64_t sequence) const;

  Slot& claim(const Packet& packet);
  void store(const Packet& packet);
  bool mayAppend(std::uint32_t timestamp);
  bool append(std::uint32_t timestamp, bool marker, std::int64_t arrivedUs, std::span<const std::uint8_t> payload);
  bool finishUnit();
  void drain();
  bool releaseKey(std::int64_t sequence);
  void dropStored(Slot& slot);
  void countGivenUp(std::uint32_t timestamp);
  void findGap();

  const std::int64_t deadlineUs_;
  Sink sink_;
  Stats stats_;
  std::vector<Slot> slots_;
  AccessUnitAssembler assembler_;
  bool waitsForKey_ = true;
  std::int64_t head_ = never;    // the next packet to append; below it nothing is of use
  std::int64_t newest_ = never;
  bool marks_ = false;           // the sender sets marker bits: a picture without one is not whole
  std::size_t storedCount_ = 0;
  std::int64_t gapSinceUs_ = 0;  // flowing, and something is stored
  std::int64_t keyArrivedUs_ = never / 2;
  std::int64_t countedTimestamp_ = -1;
};

}  // namespace feimu
