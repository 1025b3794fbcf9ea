#include "link/congestion-feedback.h"

#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto feedback = parseCongestionFeedback({data, size});
  if (!feedback) return 0;
  std::vector<std::uint8_t> out, again;
  CHECK(writeCongestionFeedback(*feedback, out) && out.size() == size);
  const auto back = parseCongestionFeedback(out);
  CHECK(back && writeCongestionFeedback(*back, again) && again == out);
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::vector<std::uint8_t>> seeds(3);
  writeCongestionFeedback({1, 2, {}}, seeds[0]);
  writeCongestionFeedback({1, 2, {{3, 65'530, std::vector<CongestionFeedback::Packet>(21, {true, 1, 7})}}}, seeds[1]);
  writeCongestionFeedback({1, 2, {{3, 4, {{false, 0, 0}}}, {5, 6, {{true, 3, CongestionFeedback::unknown}}}}}, seeds[2]);
  return seeds;
}
