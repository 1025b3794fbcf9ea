#include "scan/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#include <asm/hwcap.h>
#endif

namespace feimu::scan {

namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr auto kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; i++) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ kPolynomial : value >> 1;
    table[i] = value;
  }
  return table;
}();

#if defined(__x86_64__)
#define FEIMU_CRC_TARGET __attribute__((target("sse4.2")))
bool hasInstruction() { return __builtin_cpu_supports("sse4.2"); }
FEIMU_CRC_TARGET std::uint32_t step8(std::uint32_t crc, std::uint64_t word) {
  return static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
}
FEIMU_CRC_TARGET std::uint32_t step1(std::uint32_t crc, std::uint8_t byte) { return _mm_crc32_u8(crc, byte); }
#elif defined(__aarch64__)
#define FEIMU_CRC_TARGET __attribute__((target("+crc")))
bool hasInstruction() { return getauxval(AT_HWCAP) & HWCAP_CRC32; }
FEIMU_CRC_TARGET std::uint32_t step8(std::uint32_t crc, std::uint64_t word) { return __crc32cd(crc, word); }
FEIMU_CRC_TARGET std::uint32_t step1(std::uint32_t crc, std::uint8_t byte) { return __crc32cb(crc, byte); }
#endif

#ifdef FEIMU_CRC_TARGET
/// The instruction takes three cycles, but a new one can begin in each: three streams of this size are summed in turn.
constexpr std::size_t kStream = 1'024;

/// What kStream zeros make of a sum: linear, so that a look-up for each of its bytes gives it.
constexpr auto kOverStream = [] {
  // A column for each bit. Over one zero bit, then twice as many each time.
  std::array<std::uint32_t, 32> over{};
  over[0] = kPolynomial;
  for (std::uint32_t bit = 1; bit < 32; bit++) over[bit] = 1U << (bit - 1);
  const auto times = [](const std::array<std::uint32_t, 32>& columns, std::uint32_t value) {
    std::uint32_t sum = 0;
    for (std::uint32_t bit = 0; bit < 32; bit++) sum ^= value >> bit & 1 ? columns[bit] : 0;
    return sum;
  };
  for (std::size_t bits = 1; bits < kStream * 8; bits *= 2) {
    auto twice = over;
    for (std::uint32_t bit = 0; bit < 32; bit++) twice[bit] = times(over, over[bit]);
    over = twice;
  }
  std::array<std::array<std::uint32_t, 256>, 4> table{};
  for (std::uint32_t byte = 0; byte < 4; byte++) {
    for (std::uint32_t value = 0; value < 256; value++) table[byte][value] = times(over, value << (8 * byte));
  }
  return table;
}();
static_assert((kStream & (kStream - 1)) == 0);

std::uint32_t overStream(std::uint32_t crc) {
  return kOverStream[0][crc & 255] ^ kOverStream[1][crc >> 8 & 255] ^ kOverStream[2][crc >> 16 & 255] ^ kOverStream[3][crc >> 24];
}

std::uint64_t wordAt(const std::byte* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

FEIMU_CRC_TARGET std::uint32_t crc32cByInstruction(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0U;
  std::size_t at = 0;
  for (; at + 3 * kStream <= bytes.size(); at += 3 * kStream) {
    const std::byte* const from = bytes.data() + at;
    std::uint32_t second = 0, third = 0;
    for (std::size_t i = 0; i < kStream; i += 8) {
      crc = step8(crc, wordAt(from + i));
      second = step8(second, wordAt(from + kStream + i));
      third = step8(third, wordAt(from + 2 * kStream + i));
    }
    crc = overStream(overStream(crc) ^ second) ^ third;
  }
  for (; at + 8 <= bytes.size(); at += 8) crc = step8(crc, wordAt(bytes.data() + at));
  for (; at < bytes.size(); at++) crc = step1(crc, std::to_integer<std::uint8_t>(bytes[at]));
  return ~crc;
}
#endif

}  // namespace

std::uint32_t crc32cPortable(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0U;
  for (const std::byte byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 255];
  return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes) {
#ifdef FEIMU_CRC_TARGET
  if (hasInstruction()) return crc32cByInstruction(bytes);
#endif
  return crc32cPortable(bytes);
}

}  // namespace feimu::scan
