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
FEIMU_CRC_TARGET std::uint32_t crc32cByInstruction(std::span<const std::byte> bytes) {
  std::uint32_t crc = ~0U;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    crc = step8(crc, word);
  }
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
