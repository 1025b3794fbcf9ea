#include <algorithm>
#include <random>
#include <vector>

#include "inflate/brotli.h"
#include "testing/check.h"

using namespace feimu;

namespace {

// A brotli stream of one uncompressed meta-block per 65,536 bytes (RFC 7932 §9.2), written bit by bit.
class Bits {
 public:
  void put(std::uint32_t value, int count) {
    for (int i = 0; i < count; i++, used_++) {
      if (used_ % 8 == 0) bytes.push_back(0);
      bytes.back() = static_cast<std::uint8_t>(bytes.back() | ((value >> i & 1) << (used_ % 8)));
    }
  }
  void align() { used_ = static_cast<int>(bytes.size()) * 8; }
  std::vector<std::uint8_t> bytes;

 private:
  int used_ = 0;
};

std::vector<std::uint8_t> stored(const std::vector<std::uint8_t>& data) {
  Bits bits;
  bits.put(0, 1);  // WBITS 16
  for (std::size_t at = 0; at < data.size();) {
    const std::size_t size = std::min<std::size_t>(65'536, data.size() - at);
    bits.put(0, 1);                                     // ISLAST
    bits.put(0, 2);                                     // MNIBBLES 4
    bits.put(static_cast<std::uint32_t>(size - 1), 16); // MLEN - 1
    bits.put(1, 1);                                     // ISUNCOMPRESSED
    bits.align();
    for (std::size_t i = 0; i < size; i++) bits.put(data[at + i], 8);
    at += size;
  }
  bits.put(3, 2);  // ISLAST, ISLASTEMPTY
  return bits.bytes;
}

}  // namespace

int main() {
  using enum Inflated::Outcome;
  std::mt19937 random(7);
  std::vector<std::uint8_t> output(2'000'000);
  for (const std::size_t size : {0UL, 1UL, 300UL, 65'536UL, 300'000UL, 1'000'000UL, 40UL}) {
    std::vector<std::uint8_t> data(size);
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
    const auto packed = stored(data);
    const auto whole = inflateBrotli(packed, output);
    CHECK(whole.outcome == Inflated::Outcome::whole && whole.size == size);
    CHECK(std::equal(data.begin(), data.end(), output.begin()));
    CHECK(inflateBrotli(packed, std::span(output).first(size)).outcome == Inflated::Outcome::whole);
    if (size == 0) continue;
    CHECK(inflateBrotli(packed, std::span(output).first(size - 1)).outcome == tooLong);
    CHECK(inflateBrotli(std::span(packed).first(packed.size() - 1), output).outcome == broken);
  }
  // Whatever comes, it ends and stays within its bound.
  for (int round = 0; round < 20'000; round++) {
    std::vector<std::uint8_t> noise(random() % 200);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    CHECK(inflateBrotli(noise, std::span(output).first(100'000)).size <= 100'000);
  }
}
