#include "link/h264-splitter.h"

#include <algorithm>

#include "link/annex-b.h"
#include "link/byte-order.h"

namespace feimu {

namespace {
constexpr std::uint8_t stapA = 24;
constexpr std::uint8_t fuA = 28;
constexpr std::uint8_t nriBits = 0x60;
}  // namespace

void H264Payload::write(std::uint8_t* out) const {
  out = std::copy_n(prefix.begin(), prefixBytes, out);
  if (!aggregate) {
    std::copy(body.begin(), body.end(), out);
    return;
  }
  std::span<const std::uint8_t> rest = body;
  for (auto nal = takeNal(rest); !nal.empty(); nal = takeNal(rest)) {
    write16(out, static_cast<std::uint32_t>(nal.size()));
    out = std::copy(nal.begin(), nal.end(), out + 2);
  }
}

H264Splitter::H264Splitter(std::span<const std::uint8_t> annexB, std::size_t maxPayloadBytes)
    : maxPayloadBytes_(maxPayloadBytes), stream_(annexB), nal_(takeNal(stream_)) {}

bool H264Splitter::next(H264Payload& payload) {
  if (fragments_.empty() && nal_.empty()) return false;
  payload = {};
  if (!fragments_.empty()) {
    fragment(payload);
  } else if (nal_.size() > maxPayloadBytes_) {
    header_ = nal_[0];
    fragments_ = nal_.subspan(1);
    const std::size_t room = maxPayloadBytes_ - 2;
    const std::size_t count = (fragments_.size() + room - 1) / room;
    fragmentBytes_ = (fragments_.size() + count - 1) / count;
    start_ = true;
    nal_ = takeNal(stream_);
    fragment(payload);
  } else {
    aggregate(payload);
  }
  payload.last = fragments_.empty() && nal_.empty();
  return true;
}

void H264Splitter::fragment(H264Payload& payload) {
  payload.body = fragments_.first(std::min(fragments_.size(), fragmentBytes_));
  fragments_ = fragments_.subspan(payload.body.size());
  payload.prefix = {static_cast<std::uint8_t>((header_ & nriBits) | fuA),
                    static_cast<std::uint8_t>((start_ ? 0x80 : 0) | (fragments_.empty() ? 0x40 : 0) | (header_ & 0x1f))};
  payload.prefixBytes = 2;
  payload.sizeBytes = 2 + payload.body.size();
  start_ = false;
}

void H264Splitter::aggregate(H264Payload& payload) {
  // Its start code, which takeNal() went past.
  const std::uint8_t* const begin = nal_.data() - 3;
  payload.body = nal_;
  payload.sizeBytes = 1 + 2 + nal_.size();
  std::uint8_t importance = nal_[0] & nriBits;
  for (nal_ = takeNal(stream_); !nal_.empty(); nal_ = takeNal(stream_)) {
    const std::size_t sizeBytes = payload.sizeBytes + 2 + nal_.size();
    if (sizeBytes > maxPayloadBytes_) break;
    payload.aggregate = true;
    payload.body = {begin, nal_.data() + nal_.size()};
    payload.sizeBytes = sizeBytes;
    importance = std::max<std::uint8_t>(importance, nal_[0] & nriBits);
  }
  if (payload.aggregate) {
    // RFC 6184 §5.7: NRI is the highest of what is inside.
    payload.prefix[0] = importance | stapA;
    payload.prefixBytes = 1;
  } else {
    payload.sizeBytes = payload.body.size();
  }
}

}  // namespace feimu
