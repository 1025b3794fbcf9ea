#pragma once
#include <cstdint>
#include <memory>
#include <utility>

#include "codec/h264-encoder.h"
#include "link/packet-ring.h"

namespace feimu {

/// A slice on its way out. Its picture's RTP timestamp is the time of its capture, 90 kHz.
inline std::shared_ptr<EncodedFrame> frameOf(EncodedSlice&& slice, std::int64_t number, std::int64_t captureUs) {
  return std::make_shared<EncodedFrame>(EncodedFrame{.data = std::move(slice.data),
                                                     .number = number,
                                                     .timestamp = static_cast<std::uint32_t>(captureUs * 9 / 100),
                                                     .captureUs = captureUs,
                                                     .key = slice.key,
                                                     .first = slice.first,
                                                     .last = slice.last});
}

}  // namespace feimu
