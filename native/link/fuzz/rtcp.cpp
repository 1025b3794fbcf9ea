#include "link/rtcp.h"

#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)isRtcp({data, size});
  std::vector<RtcpMessage> messages;
  parseRtcp({data, size}, messages);
  // What was read can be written; read and written again, it is the same.
  for (const RtcpMessage& message : messages) {
    std::vector<std::uint8_t> out, again;
    CHECK(writeRtcp(message, out, 1 << 18));
    std::vector<RtcpMessage> back;
    CHECK(parseRtcp(out, back) && back.size() == 1);
    CHECK(writeRtcp(back[0], again, out.size()) && again == out);
  }
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  const std::vector<RtcpMessage> messages{
      SenderReport{1, 2, 3, 4, 5, {{.ssrc = 6}}},
      ReceiverReport{1, {{.ssrc = 6, .cumulativeLost = -1}, {.ssrc = 7}}},
      Nack{1, 2, {3, 4, 9, 100}},
      KeyFrameRequest{1, 2, false, 0},
      KeyFrameRequest{1, 2, true, 3},
      TransportFeedback{1, 2, 3, {{1, true, 64'000}, {2, false, 0}, {3, true, 65'000}, {4, true, 10'000}}},
      CongestionFeedback{1, 2, {{3, 4, {{true, 1, 5}, {false, 0, 0}, {true, 3, 9}}}}},
  };
  std::vector<std::vector<std::uint8_t>> seeds(messages.size());
  std::vector<std::uint8_t> compound;
  for (std::size_t i = 0; i < messages.size(); i++) {
    writeRtcp(messages[i], seeds[i], 1200);
    writeRtcp(messages[i], compound, 1200);
  }
  seeds.push_back(compound);
  return seeds;
}
