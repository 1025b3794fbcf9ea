#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace feimu {

/// One coded picture on its way out, or a slice of it. Never changed after it was pushed: packets point into `data`.
struct EncodedFrame {
  std::vector<std::uint8_t> data;  // Annex B
  std::int64_t number = 0;         // counts pictures, skipped ones too
  std::uint32_t timestamp = 0;     // 90 kHz
  std::int64_t captureUs = 0;      // CLOCK_MONOTONIC
  bool key = false;
  bool first = true, last = true;  // slice of its picture
};

/// One media packet: a few bytes of its own (fragment headers) and one piece of its frame.
struct RingPacket {
  std::shared_ptr<const EncodedFrame> frame;
  std::uint16_t sequence = 0;              // from next() on
  bool marker = false;
  bool first = false;                      // first packet of its access unit
  std::array<std::uint8_t, 4> prefix{};    // FU indicator and header
  std::uint8_t prefixBytes = 0;
  std::span<const std::uint8_t> payload;   // inside frame->data, or inside `small`
  std::vector<std::uint8_t> small;         // STAP-A: kept capacity, no allocation once warm
  // Kept by the network thread:
  std::int64_t pushedUs = 0;
  std::int64_t sentUs = 0;                 // last time; 0 = not yet
  std::int64_t transportSequence = -1;     // of its last sending
  std::uint8_t resends = 0;

  [[nodiscard]] std::size_t sizeBytes() const { return prefixBytes + payload.size(); }
};

/// Packets between the encoder's thread and the network's, and afterwards for retransmission. Lock-free, one producer,
/// one consumer. No allocation a packet. A packet gets its sequence number when it is about to leave, so that what is
/// dropped before leaves no gap for the receiver to ask about.
///
///    freed            sent             pushed
/// ... | kept, for find() | waits, for next() | free ...     counters that only grow; a slot is counter mod slots
class PacketRing {
 public:
  /// `slots` is rounded up to a power of two, at most 32768. Half of them at most keep what was sent.
  explicit PacketRing(std::size_t slots, std::uint16_t firstSequence = 0);

  /// Encoder's thread: RFC 6184 mode 1, at most `maxPayloadBytes` a packet. False (and nothing taken) when it does not
  /// fit: the caller drops the picture and the next one must be an IDR.
  bool push(std::shared_ptr<const EncodedFrame> frame, std::int64_t nowUs, std::size_t maxPayloadBytes);

  /// Network thread. The next packet that was never sent, or null; `advance` after it was, with its `sentUs` set.
  /// Pointers are good until the next call of advance(), expire() or dropUnsent().
  RingPacket* next();
  void advance();
  /// Network thread. A packet that was sent and is kept, or null.
  RingPacket* find(std::uint16_t sequence);
  /// Network thread. Lets go of all that was sent before `beforeUs`.
  void expire(std::int64_t beforeUs);
  /// Network thread. Drops what was not sent of all frames before the newest one that begins with an IDR, e.g. when
  /// they would be late. Returns how many packets. One sequence number is left out when a frame had been sent in part:
  /// else the receiver would take its beginning for the whole of it.
  std::size_t dropUnsent();
  /// Bytes (payload) and packets not sent yet. Any thread.
  [[nodiscard]] std::size_t unsentPackets() const;
  [[nodiscard]] std::size_t unsentBytes() const;

 private:
  RingPacket& slot(std::uint64_t counter) { return slots_[counter & mask_]; }
  void free(std::uint64_t until);
  void keepHalf();

  std::vector<RingPacket> slots_;
  std::uint64_t mask_;
  // Encoder's thread:
  alignas(64) std::atomic<std::uint64_t> pushed_{0};
  std::atomic<std::uint64_t> pushedBytes_{0};
  // Network thread:
  alignas(64) std::atomic<std::uint64_t> freed_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::atomic<std::uint64_t> sentBytes_{0};
  std::vector<std::uint64_t> bySequence_;  // sequence mod slots -> counter
  std::uint16_t sequence_;                 // of the next packet
};

}  // namespace feimu
