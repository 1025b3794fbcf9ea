#include "link/reassembly.h"

#include <algorithm>

namespace feimu {

namespace {
constexpr std::int64_t slotSpan = Reassembly::slotCount;
}

const Reassembly::Slot* Reassembly::present(std::int64_t sequence) const {
  const Slot& slot = at(sequence);
  return slot.sequence == sequence ? &slot : nullptr;
}

const Reassembly::Slot* Reassembly::stored(std::int64_t sequence) const {
  const Slot* slot = present(sequence);
  return slot != nullptr && slot->stored ? slot : nullptr;
}

Reassembly::Outcome Reassembly::push(const Packet& packet) {
  if (packet.payload.size() > maxPayloadBytes) return Outcome::malformed;
  if (present(packet.sequence) != nullptr) return Outcome::duplicate;
  const bool started = newest_ != never;
  if (packet.sequence < head_ || (started && packet.sequence <= newest_ - slotSpan)) return Outcome::late;
  newest_ = std::max(newest_, packet.sequence);
  marks_ = marks_ || packet.marker;

  if (!waitsForKey_ && packet.sequence == head_ && mayAppend(packet.timestamp)) {
    claim(packet);
    head_++;
    const std::uint64_t malformed = stats_.malformed;
    if (append(packet.timestamp, packet.marker, packet.arrivedUs, packet.payload)) drain();
    return stats_.malformed == malformed ? Outcome::taken : Outcome::malformed;
  }
  // Farther ahead than slots reach: what is missing cannot be waited for.
  if (!waitsForKey_ && packet.sequence - head_ >= slotSpan) abandon();
  store(packet);
  // It may end its own picture or, by another timestamp, one whose marker bit its sender did not set.
  if (!releaseKey(packet.sequence)) {
    const Slot* before = stored(packet.sequence - 1);
    if (before != nullptr && before->timestamp != packet.timestamp && !before->marker) releaseKey(packet.sequence - 1);
  }
  return Outcome::taken;
}

Reassembly::Slot& Reassembly::claim(const Packet& packet) {
  Slot& slot = at(packet.sequence);
  if (slot.stored) dropStored(slot);
  slot.sequence = packet.sequence;
  slot.timestamp = packet.timestamp;
  slot.marker = packet.marker;
  slot.arrivedUs = packet.arrivedUs;
  return slot;
}

void Reassembly::store(const Packet& packet) {
  Slot& slot = claim(packet);
  slot.stored = true;
  slot.kind = classifyH264(packet.payload);
  slot.payload.assign(packet.payload.begin(), packet.payload.end());
  if (storedCount_++ == 0) gapSinceUs_ = packet.arrivedUs;
  if (waitsForKey_ && (slot.kind.key || slot.kind.sps)) keyArrivedUs_ = packet.arrivedUs;
}

/// Ends the open picture before a packet of another one. False when nothing may follow it.
bool Reassembly::mayAppend(std::uint32_t timestamp) {
  if (!assembler_.open() || timestamp == assembler_.unit().timestamp) return true;
  if (!marks_) return finishUnit();
  // The sender dropped the rest of it.
  abandon();
  return false;
}

bool Reassembly::append(std::uint32_t timestamp, bool marker, std::int64_t arrivedUs,
                        std::span<const std::uint8_t> payload) {
  if (payload.empty() && !assembler_.open()) return true;  // padding behind a picture
  if (!assembler_.open()) assembler_.begin(timestamp, arrivedUs);
  if (assembler_.append(payload) != AccessUnitAssembler::Result::ok) {
    stats_.malformed++;
    abandon();
    return false;
  }
  return !marker || finishUnit();
}

bool Reassembly::finishUnit() {
  const std::uint32_t timestamp = assembler_.unit().timestamp;
  AccessUnit unit = assembler_.finish();
  if (unit.data.empty()) {
    stats_.malformed++;
    countGivenUp(timestamp);
    abandon();
    return false;
  }
  stats_.frames++;
  sink_(std::move(unit));
  return true;
}

void Reassembly::drain() {
  while (storedCount_ > 0 && !waitsForKey_ && stored(head_) != nullptr) {
    Slot& slot = at(head_);
    if (!mayAppend(slot.timestamp)) return;
    slot.stored = false;
    storedCount_--;
    head_++;
    if (!append(slot.timestamp, slot.marker, slot.arrivedUs, slot.payload)) return;
    if (stored(head_) == nullptr) findGap();
  }
}

/// The gap at `head_` was seen when the packet behind it came.
void Reassembly::findGap() {
  if (storedCount_ == 0) return;
  for (std::int64_t sequence = head_ + 1; sequence <= newest_; sequence++) {
    if (const Slot* slot = stored(sequence)) {
      gapSinceUs_ = slot->arrivedUs;
      return;
    }
  }
}

/// Releases the access unit of a stored packet, if it is a whole IDR, and gives up all that is older.
bool Reassembly::releaseKey(std::int64_t sequence) {
  std::int64_t last = sequence;
  const Slot* slot = stored(sequence);
  const std::uint32_t timestamp = slot->timestamp;
  bool key = slot->kind.key;
  while (!slot->marker) {
    const Slot* next = stored(last + 1);
    if (next == nullptr) return false;
    if (next->timestamp != timestamp) {
      if (marks_) return false;
      break;
    }
    slot = next;
    key = key || slot->kind.key;
    last++;
  }
  std::int64_t first = sequence;
  while (!stored(first)->kind.opens) {
    const Slot* before = present(first - 1);
    if (before == nullptr) return false;
    if (before->timestamp != timestamp || before->marker) break;
    if (!before->stored) return false;
    key = key || before->kind.key;
    first--;
  }
  if (!key) return false;

  if (assembler_.open()) countGivenUp(assembler_.unit().timestamp);
  // Also what was left in a slot whose next user, a span later, got lost.
  for (Slot& old : slots_) {
    if (old.stored && old.sequence < first) dropStored(old);
  }
  assembler_.reset();
  waitsForKey_ = false;
  keyArrivedUs_ = never / 2;
  head_ = first;
  drain();
  return true;
}

void Reassembly::dropStored(Slot& slot) {
  slot.stored = false;
  storedCount_--;
  countGivenUp(slot.timestamp);
}

void Reassembly::countGivenUp(std::uint32_t timestamp) {
  if (countedTimestamp_ == timestamp) return;
  countedTimestamp_ = timestamp;
  stats_.framesGivenUp++;
}

void Reassembly::expire(std::int64_t nowUs) {
  if (wakeUs() <= nowUs) abandon();
}

std::int64_t Reassembly::wakeUs() const {
  if (waitsForKey_ || storedCount_ == 0) return std::numeric_limits<std::int64_t>::max();
  return gapSinceUs_ + deadlineUs_;
}

void Reassembly::abandon() {
  if (assembler_.open()) countGivenUp(assembler_.unit().timestamp);
  assembler_.reset();
  waitsForKey_ = true;
}

void Reassembly::reset() {
  for (Slot& slot : slots_) {
    slot.sequence = never;
    slot.stored = false;
  }
  storedCount_ = 0;
  assembler_.reset();
  waitsForKey_ = true;
  head_ = never;
  newest_ = never;
  marks_ = false;
  keyArrivedUs_ = never / 2;
  countedTimestamp_ = -1;
}

bool Reassembly::wants(std::int64_t sequence) const {
  if (!waitsForKey_) return sequence >= head_;
  if (newest_ == never || sequence < head_ || sequence <= newest_ - slotSpan) return false;
  // Only an IDR is of use; its packets tell by their neighbours.
  const auto partOfKey = [this](std::int64_t from, std::int64_t step) {
    constexpr int reach = 32;
    for (int i = 1; i <= reach; i++) {
      if (const Slot* slot = present(from + i * step)) return slot->stored && (slot->kind.key || slot->kind.sps);
    }
    return false;
  };
  return partOfKey(sequence, -1) || partOfKey(sequence, 1);
}

}  // namespace feimu
