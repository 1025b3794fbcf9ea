#include "link/h264-depacketizer.h"

namespace feimu {

namespace {
constexpr std::uint8_t stapA = 24;
constexpr std::uint8_t fuA = 28;
constexpr std::uint8_t idrSlice = 5;
/// A jump this far is another stream, not a loss (RFC 3550 appendix A.1, MAX_DROPOUT).
constexpr int maxJump = 3000;
}  // namespace

void H264Depacketizer::reset() {
  for (Slot& slot : slots_) slot.used = false;
  stored_ = 0;
  started_ = false;
  unit_ = {};
  open_ = false;
  spoiled_ = false;
  inFragment_ = false;
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
  inFragment_ = false;
  waitsForKey_ = true;
}

void H264Depacketizer::take(std::span<const std::uint8_t> payload, std::uint32_t timestamp, bool marker,
                            std::int64_t arrivedUs) {
  if (open_ && timestamp != unit_.timestamp) finish();
  if (!open_) {
    open_ = true;
    unit_.data.clear();
    unit_.key = false;
    unit_.timestamp = timestamp;
    unit_.receivedUs = arrivedUs;
  }
  if (!appendNals(payload)) {
    stats_.malformed++;
    spoil();
  }
  if (marker) finish();
}

bool H264Depacketizer::appendNals(std::span<const std::uint8_t> payload) {
  if (payload.empty()) return true;  // padding only
  const std::uint8_t type = payload[0] & 0x1f;
  if (type >= 1 && type <= 23) {
    inFragment_ = false;
    appendNal(payload);
    return true;
  }
  if (type == stapA) {
    inFragment_ = false;
    std::size_t at = 1;
    while (at + 2 <= payload.size()) {
      const std::size_t size = std::size_t{payload[at]} << 8 | payload[at + 1];
      at += 2;
      if (size == 0 || at + size > payload.size()) return false;
      appendNal(payload.subspan(at, size));
      at += size;
    }
    return at == payload.size();
  }
  if (type != fuA || payload.size() < 3) return false;
  const bool start = (payload[1] & 0x80) != 0;
  const bool end = (payload[1] & 0x40) != 0;
  if (start) {
    const std::uint8_t header = (payload[0] & 0xe0) | (payload[1] & 0x1f);
    inFragment_ = true;
    appendNal({&header, 1});
  } else if (!inFragment_) {
    // Its beginning was lost; the gap has spoiled the unit already, or the stream began in the middle.
    spoil();
    return true;
  }
  if (unit_.data.size() + payload.size() > maxAccessUnitBytes) return false;
  unit_.data.insert(unit_.data.end(), payload.begin() + 2, payload.end());
  if (end) inFragment_ = false;
  return true;
}

void H264Depacketizer::appendNal(std::span<const std::uint8_t> nal) {
  if (unit_.data.size() + nal.size() + 4 > maxAccessUnitBytes) {
    spoil();
    return;
  }
  if ((nal[0] & 0x1f) == idrSlice) unit_.key = true;
  static constexpr std::uint8_t startCode[] = {0, 0, 0, 1};
  unit_.data.insert(unit_.data.end(), startCode, startCode + 4);
  unit_.data.insert(unit_.data.end(), nal.begin(), nal.end());
}

void H264Depacketizer::finish() {
  open_ = false;
  const bool whole = !spoiled_ && !inFragment_ && !unit_.data.empty();
  if (inFragment_) spoil();
  spoiled_ = false;
  if (!whole || (waitsForKey_ && !unit_.key)) return;
  waitsForKey_ = false;
  sink_(std::move(unit_));
  unit_ = {};
}

}  // namespace feimu
