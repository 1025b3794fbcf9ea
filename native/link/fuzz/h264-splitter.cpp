#include "link/h264-splitter.h"

#include "link/test/nal-units.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

// |  largest payload, less 3, 8  |  Annex B ...
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t maxPayloadBytes = data[0] + 3u;
  const std::span<const std::uint8_t> annexB{data + 1, size - 1};
  std::size_t carried = 0, sent = 0;
  for (const auto nal : testing::nalUnits(annexB)) carried += nal.size();
  bool last = false;
  std::vector<std::uint8_t> out;
  H264Splitter splitter(annexB, maxPayloadBytes);
  for (H264Payload payload; splitter.next(payload);) {
    CHECK(!last && payload.sizeBytes > 0 && payload.sizeBytes <= maxPayloadBytes);
    last = payload.last;
    out.assign(payload.sizeBytes, 0);
    payload.write(out.data());
    if (payload.aggregate) {
      for (std::size_t at = 1; at < out.size();) {
        CHECK(at + 2 <= out.size());
        const std::size_t nalBytes = std::size_t{out[at]} << 8 | out[at + 1];
        CHECK(nalBytes > 0 && at + 2 + nalBytes <= out.size());
        sent += nalBytes;
        at += 2 + nalBytes;
      }
    } else {
      // Of the first fragment, the byte that stands in its header.
      sent += payload.body.size() + (payload.prefixBytes == 2 && (payload.prefix[1] & 0x80) != 0 ? 1 : 0);
    }
  }
  CHECK(sent == carried && (last || carried == 0));
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  return {{27, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 4, 5, 6, 7, 8, 9, 0, 0, 0},
          {2, 0, 0, 1, 0x41, 4, 5, 6, 7, 8, 9, 0, 0, 3, 1, 0, 0, 1, 0x41, 9}};
}
