#include "link/srtp-session.h"

#include <algorithm>

#include "link/test/srtp-keys.h"
#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto genuine = fuzzSeeds();
  static std::string error;
  static const auto session = SrtpSession::open(testing::turned(testing::keys128), error);
  static std::int64_t nowUs = 0;  // so that now and then rollover counters are tried
  nowUs += 1000;
  std::vector<std::uint8_t> packet(data, data + size);
  std::span<std::uint8_t> bytes = packet;
  const auto status = session->unprotect(bytes, nowUs);
  CHECK(bytes.size() <= size);
  if (status == SrtpSession::Status::ok) CHECK(std::ranges::find(genuine, std::vector(data, data + size)) != genuine.end());

  std::vector<std::uint8_t> out(data, data + size);
  out.resize(size + SrtpSession::overheadBytes);
  CHECK(session->protect(out, size) <= out.size());
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  std::string error;
  const auto session = SrtpSession::open(testing::keys128, error);
  CHECK(session);
  std::vector<std::vector<std::uint8_t>> seeds{
      {0x80, 96, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 1, 2, 3},
      {0x92, 96, 0, 2, 0, 0, 0, 9, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0x31, 0, 7, 0, 1, 2, 3},
      {0x81, 206, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8}};
  for (auto& seed : seeds) {
    const std::size_t size = seed.size();
    seed.resize(size + SrtpSession::overheadBytes);
    seed.resize(session->protect(seed, size));
  }
  return seeds;
}
