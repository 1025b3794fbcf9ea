#include "link/rtp-packet.h"

#include <algorithm>
#include <array>

#include "link/rtp-extensions.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto packet = parseRtp({data, size});
  if (!packet) return 0;
  // Written again, the same is read.
  std::array<RtpExtension, 255> extensions{};
  for (std::size_t i = 0; i < extensions.size(); i++) {
    const auto id = static_cast<std::uint8_t>(i + 1);
    const auto found = packet->extension(id);
    if (!found.empty()) extensions[i] = {id, found};
    (void)parseTransportSequence(found);
  }
  std::array<std::uint8_t, 4096> out{};
  const std::size_t written = writeRtpHeader(*packet, extensions, out);
  CHECK(written >= 12);
  const auto again = parseRtp({out.data(), written});
  CHECK(again && again->sequence == packet->sequence && again->timestamp == packet->timestamp);
  CHECK(again->ssrc == packet->ssrc && again->payloadType == packet->payloadType && again->marker == packet->marker);
  for (const RtpExtension& extension : extensions) {
    const auto found = again->extension(extension.id);
    CHECK(std::equal(found.begin(), found.end(), extension.data.begin(), extension.data.end()));
  }
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::vector<std::uint8_t>> seeds;
  const auto sequence = makeTransportSequence(7);
  const auto delay = makePlayoutDelay({0, 0});
  const auto capture = makeAbsoluteCaptureTime(0x0102030405060708);
  const std::vector<std::uint8_t> large(20, 9);
  const std::array<RtpExtension, 3> small{{{3, sequence}, {5, delay}, {6, capture}}};
  const std::array<RtpExtension, 2> two{{{3, sequence}, {100, large}}};
  for (const auto& extensions : {std::span<const RtpExtension>(small), std::span<const RtpExtension>(two), {}}) {
    auto& seed = seeds.emplace_back(200);
    seed.resize(writeRtpHeader({.sequence = 9, .timestamp = 1, .ssrc = 2, .payloadType = 96}, extensions, seed));
    seed.insert(seed.end(), {0x41, 1, 2, 3});
  }
  return seeds;
}
