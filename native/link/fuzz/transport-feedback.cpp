#include "link/transport-feedback.h"

#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto feedback = parseTransportFeedback({data, size});
  if (!feedback) return 0;
  CHECK(!feedback->packets.empty() && feedback->packets.size() <= TransportFeedback::maxPackets);
  std::vector<std::uint8_t> out;
  CHECK(writeTransportFeedback(*feedback, out));
  const auto back = parseTransportFeedback(out);
  CHECK(back && back->packets.size() == feedback->packets.size());
  for (std::size_t i = 0; i < back->packets.size(); i++) {
    const auto &a = feedback->packets[i], &b = back->packets[i];
    CHECK(a.sequence == b.sequence && a.received == b.received);
    CHECK((a.arrivedUs - b.arrivedUs) % TransportFeedback::periodUs == 0);
  }
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::vector<std::vector<std::uint8_t>> seeds;
  // Runs, one-bit and two-bit vectors; small, large and negative deltas.
  for (const int kind : {0, 1, 2, 3}) {
    TransportFeedback feedback{1, 2, 3, {}};
    std::int64_t us = TransportFeedback::periodUs - 5000;
    for (std::uint16_t i = 0; i < 40; i++) {
      us += kind == 3 ? (i % 2 == 0 ? 90'000 : -20'000) : 250;
      feedback.packets.push_back({i, kind == 0 || i % 3 != 0, kind == 2 && i % 8 == 1 ? us + 70'000 : us});
    }
    writeTransportFeedback(feedback, seeds.emplace_back());
  }
  return seeds;
}
