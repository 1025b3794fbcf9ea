#include "link/h264-depacketizer.h"

namespace feimu {

namespace {
/// A jump this far is another stream, not a loss (RFC 3550 appendix A.1, MAX_DROPOUT).
constexpr int maxJump = 3000;
}  // namespace

void H264Depacketizer::reset() {
  for (Slot& slot : slots_) slot.used = false;
  stored_ = 0;
  started_ = false;
  assembler_.reset();
  spoiled_ = false;
  waitsForKey_ = true;
}

void H264Depacketizer::push(const RtpPacket& packet, std::int64_t nowUs) {
  stats_.packets++;
  if (!started_) {
    started_ = true;
    expected_ = packet.sequence;
  }
  int ahead = static_cast<std::int16_t>(packet.sequence - expected_);
  if (ahead > maxJump || ahead < -maxJump) {
    reset();
    started_ = true;
    expected_ = packet.sequence;
    ahead = 0;
  }
  if (ahead < 0) {
    stats_.late++;
    return;
  }
  while (ahead >= static_cast<int>(slots)) {
    if (stored_ == 0) {
      stats_.lost += static_cast<std::uint64_t>(ahead);
      expected_ = packet.sequence;
      spoil();
      break;
    }
    skipGap();
    drain();
    ahead = static_cast<std::int16_t>(packet.sequence - expected_);
  }
  if (packet.sequence == expected_) {
    expected_++;
    take(packet.payload, packet.timestamp, packet.marker, nowUs);
    if (stored_ > 0) drain();
    return;
  }
  store(packet, nowUs);
  if (ahead >= reorderPackets) {
    skipGap();
    drain();
  }
}

void H264Depacketizer::store(const RtpPacket& packet, std::int64_t nowUs) {
  Slot& slot = slots_[packet.sequence % slots];
  if (slot.used) {
    stats_.late++;
    return;
  }
  slot.used = true;
  slot.sequence = packet.sequence;
  slot.timestamp = packet.timestamp;
  slot.marker = packet.marker;
  slot.arrivedUs = nowUs;
  slot.payload.assign(packet.payload.begin(), packet.payload.end());
  stored_++;
}

void H264Depacketizer::drain() {
  while (stored_ > 0) {
    Slot& slot = slots_[expected_ % slots];
    if (!slot.used) return;
    slot.used = false;
    stored_--;
    expected_++;
    take(slot.payload, slot.timestamp, slot.marker, slot.arrivedUs);
  }
}

void H264Depacketizer::skipGap() {
  while (stored_ > 0 && !slots_[expected_ % slots].used) {
    expected_++;
    stats_.lost++;
  }
  spoil();
}

void H264Depacketizer::expire(std::int64_t nowUs) {
  while (stored_ > 0) {
    std::int64_t oldest = nowUs;
    for (const Slot& slot : slots_) {
      if (slot.used && slot.arrivedUs < oldest) oldest = slot.arrivedUs;
    }
    if (nowUs - oldest < reorderUs) return;
    skipGap();
    drain();
  }
}

void H264Depacketizer::spoil() {
  spoiled_ = true;
  assembler_.breakFragment();
  waitsForKey_ = true;
}

void H264Depacketizer::take(std::span<const std::uint8_t> payload, std::uint32_t timestamp, bool marker,
                            std::int64_t arrivedUs) {
  if (assembler_.open() && timestamp != assembler_.unit().timestamp) finish();
  if (!assembler_.open()) assembler_.begin(timestamp, arrivedUs);
  switch (assembler_.append(payload)) {
    case AccessUnitAssembler::Result::ok: break;
    case AccessUnitAssembler::Result::malformed:
      stats_.malformed++;
      spoil();
      break;
    // Its beginning was lost; the gap has spoiled the unit already, or the stream began in the middle.
    case AccessUnitAssembler::Result::headless: spoil(); break;
  }
  if (marker) finish();
}

void H264Depacketizer::finish() {
  if (assembler_.inFragment()) spoil();
  AccessUnit unit = assembler_.finish();
  const bool whole = !spoiled_ && !unit.data.empty();
  spoiled_ = false;
  if (!whole || (waitsForKey_ && !unit.key)) return;
  waitsForKey_ = false;
  sink_(std::move(unit));
}

}  // namespace feimu
