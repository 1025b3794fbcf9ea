#include "link/sei.h"

#include "link/test/nal-units.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto found = findCaptureInfo({data, size});
  // Put into whatever it is, it is one NAL unit more.
  std::vector<std::uint8_t> unit(data, data + size);
  const std::size_t before = testing::nalUnits(unit).size();
  insertCaptureInfo(unit, found.value_or(CaptureInfo{CaptureInfo::Clock::monotonic, 1, 2}));
  CHECK(testing::nalUnits(unit).size() == before + 1);
  if (found) CHECK(findCaptureInfo(unit) == found);
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::vector<std::uint8_t>> seeds{{0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 4}};
  seeds.push_back(seeds[0]);
  insertCaptureInfo(seeds[1], {CaptureInfo::Clock::realtime, 0x0001020003, 0});
  std::vector<std::uint8_t> long300{0, 0, 1, 6, 5, 255, 45};
  long300.insert(long300.end(), 300, 0);
  long300.insert(long300.end(), seeds[1].begin() + 18, seeds[1].end());
  seeds.push_back(long300);
  return seeds;
}
