#include "link/packet-ring.h"

#include <algorithm>
#include <bit>

#include "link/h264-splitter.h"

namespace feimu {

namespace {
constexpr std::size_t maxSlots = 32768;  // half the sequence numbers, so that old and new cannot be mixed up
}

PacketRing::PacketRing(std::size_t slots, std::uint16_t firstSequence)
    : slots_(std::bit_ceil(std::clamp<std::size_t>(slots, 2, maxSlots))),
      mask_(slots_.size() - 1),
      bySequence_(slots_.size()),
      sequence_(firstSequence) {}

bool PacketRing::push(std::shared_ptr<const EncodedFrame> frame, std::int64_t nowUs, std::size_t maxPayloadBytes) {
  const std::uint64_t begin = pushed_.load(std::memory_order_relaxed);
  const std::uint64_t end = freed_.load(std::memory_order_acquire) + slots_.size();
  std::uint64_t at = begin;
  std::uint64_t bytes = 0;
  H264Splitter splitter(frame->data, maxPayloadBytes);
  for (H264Payload payload; splitter.next(payload); at++) {
    if (at == end) {
      // Nothing of it was published yet.
      for (std::uint64_t i = begin; i < at; i++) slot(i).frame.reset();
      return false;
    }
    RingPacket& packet = slot(at);
    packet.frame = frame;
    packet.marker = payload.last && frame->last;
    packet.first = at == begin && frame->first;
    packet.prefixBytes = 0;
    if (payload.aggregate) {
      packet.small.resize(payload.sizeBytes);
      payload.write(packet.small.data());
      packet.payload = packet.small;
    } else {
      packet.prefixBytes = payload.prefixBytes;
      std::copy_n(payload.prefix.begin(), payload.prefixBytes, packet.prefix.begin());
      packet.payload = payload.body;
    }
    packet.pushedUs = nowUs;
    packet.sentUs = 0;
    packet.transportSequence = -1;
    packet.resends = 0;
    bytes += payload.sizeBytes;
  }
  pushedBytes_.store(pushedBytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
  pushed_.store(at, std::memory_order_release);
  return true;
}

RingPacket* PacketRing::next() {
  const std::uint64_t at = sent_.load(std::memory_order_relaxed);
  if (at == pushed_.load(std::memory_order_acquire)) return nullptr;
  RingPacket& packet = slot(at);
  packet.sequence = sequence_;
  return &packet;
}

void PacketRing::advance() {
  const std::uint64_t at = sent_.load(std::memory_order_relaxed);
  if (at == pushed_.load(std::memory_order_acquire)) return;
  bySequence_[sequence_ & mask_] = at;
  sequence_++;
  sentBytes_.store(sentBytes_.load(std::memory_order_relaxed) + slot(at).sizeBytes(), std::memory_order_release);
  sent_.store(at + 1, std::memory_order_release);
  keepHalf();
}

RingPacket* PacketRing::find(std::uint16_t sequence) {
  const std::uint64_t at = bySequence_[sequence & mask_];
  if (at < freed_.load(std::memory_order_relaxed) || at >= sent_.load(std::memory_order_relaxed)) return nullptr;
  RingPacket& packet = slot(at);
  return packet.frame && packet.sequence == sequence ? &packet : nullptr;
}

void PacketRing::free(std::uint64_t until) {
  std::uint64_t at = freed_.load(std::memory_order_relaxed);
  for (; at < until; at++) slot(at).frame.reset();
  freed_.store(at, std::memory_order_release);
}

void PacketRing::keepHalf() {
  const std::uint64_t sent = sent_.load(std::memory_order_relaxed);
  const std::uint64_t keep = slots_.size() / 2;
  if (sent - freed_.load(std::memory_order_relaxed) > keep) free(sent - keep);
}

void PacketRing::expire(std::int64_t beforeUs) {
  const std::uint64_t end = sent_.load(std::memory_order_relaxed);
  std::uint64_t at = freed_.load(std::memory_order_relaxed);
  while (at < end && slot(at).sentUs < beforeUs) at++;
  free(at);
}

std::size_t PacketRing::dropUnsent() {
  const std::uint64_t begin = sent_.load(std::memory_order_relaxed);
  std::uint64_t key = pushed_.load(std::memory_order_acquire);
  do {
    if (key == begin) return 0;
    key--;
  } while (!slot(key).first || !slot(key).frame->key);
  if (key == begin) return 0;
  if (!slot(begin).first) sequence_++;
  std::uint64_t bytes = 0;
  for (std::uint64_t at = begin; at < key; at++) {
    bytes += slot(at).sizeBytes();
    slot(at).frame.reset();
  }
  sentBytes_.store(sentBytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_release);
  sent_.store(key, std::memory_order_release);
  keepHalf();
  return key - begin;
}

// What left is read before what came: the difference is never below zero.
std::size_t PacketRing::unsentPackets() const {
  const std::uint64_t sent = sent_.load(std::memory_order_acquire);
  return pushed_.load(std::memory_order_acquire) - sent;
}
std::size_t PacketRing::unsentBytes() const {
  const std::uint64_t sent = sentBytes_.load(std::memory_order_acquire);
  return pushedBytes_.load(std::memory_order_acquire) - sent;
}

}  // namespace feimu
