#include "link/rtx.h"

#include <algorithm>
#include <array>

#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rtx = parseRtp({data, size});
  if (!rtx) return 0;
  const auto packet = restoreRtx(*rtx, 7, 96);
  CHECK(packet.has_value() == (rtx->payload.size() >= 2));
  if (!packet) return 0;
  CHECK(packet->ssrc == 7 && packet->payloadType == 96 && packet->timestamp == rtx->timestamp);
  std::array<std::uint8_t, 4096> out{};
  const std::size_t head = writeRtxHeader(*rtx, {}, packet->sequence, out);
  CHECK(head == 14 && packet->payload.size() <= out.size() - head);
  std::copy(packet->payload.begin(), packet->payload.end(), out.begin() + head);
  const auto back = restoreRtx(parseRtp({out.data(), head + packet->payload.size()}).value(), 7, 96);
  CHECK(back && back->sequence == packet->sequence && std::ranges::equal(back->payload, packet->payload));
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::uint8_t> seed(100);
  seed.resize(writeRtxHeader({.sequence = 1, .timestamp = 2, .ssrc = 3, .payloadType = 97, .marker = true}, {}, 4, seed));
  auto padding = seed;
  padding.resize(12);
  seed.insert(seed.end(), {0x41, 1, 2, 3});
  return {seed, padding};
}
