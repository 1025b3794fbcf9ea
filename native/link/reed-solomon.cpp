#include "link/reed-solomon.h"

#include <array>
#include <cassert>

#if defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__x86_64__)
#include <immintrin.h>
#endif

namespace feimu {
namespace {

struct Field {
  std::array<std::uint8_t, 512> exp{};  // twice around, so that a sum of two logarithms needs no modulo
  std::array<std::uint8_t, 256> log{};
  constexpr Field() {
    unsigned value = 1;
    for (unsigned i = 0; i < 255; i++) {
      exp[i] = exp[i + 255] = static_cast<std::uint8_t>(value);
      log[value] = static_cast<std::uint8_t>(i);
      value <<= 1;
      if (value & 0x100) value ^= 0x11d;
    }
  }
};
constexpr Field kField;

constexpr std::uint8_t multiply(std::uint8_t a, std::uint8_t b) {
  return a && b ? kField.exp[kField.log[a] + kField.log[b]] : 0;
}
constexpr std::uint8_t inverse(std::uint8_t a) { return kField.exp[255 - kField.log[a]]; }

/// Products of every factor with a byte's low and its high half: the two tables that a byte shuffle looks up.
struct SplitTables {
  alignas(16) std::array<std::array<std::uint8_t, 32>, 256> rows{};
  constexpr SplitTables() {
    for (unsigned factor = 0; factor < 256; factor++)
      for (unsigned half = 0; half < 16; half++) {
        rows[factor][half] = multiply(static_cast<std::uint8_t>(factor), static_cast<std::uint8_t>(half));
        rows[factor][16 + half] = multiply(static_cast<std::uint8_t>(factor), static_cast<std::uint8_t>(half << 4));
      }
  }
};
constexpr SplitTables kSplit;

void portable(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, const std::uint8_t* table) {
  for (std::size_t i = 0; i < bytes; i++)
    to[i] = static_cast<std::uint8_t>(to[i] ^ table[from[i] & 15] ^ table[16 + (from[i] >> 4)]);
}

#if defined(__aarch64__)
void wide(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, const std::uint8_t* table) {
  const uint8x16_t low = vld1q_u8(table), high = vld1q_u8(table + 16), mask = vdupq_n_u8(15);
  std::size_t i = 0;
  for (; i + 16 <= bytes; i += 16) {
    const uint8x16_t in = vld1q_u8(from + i);
    const uint8x16_t product = veorq_u8(vqtbl1q_u8(low, vandq_u8(in, mask)), vqtbl1q_u8(high, vshrq_n_u8(in, 4)));
    vst1q_u8(to + i, veorq_u8(vld1q_u8(to + i), product));
  }
  portable(to + i, from + i, bytes - i, table);
}
constexpr auto engine = wide;
constexpr const char* engineName = "neon";
#elif defined(__x86_64__)
__attribute__((target("ssse3"))) void wide(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes,
                                           const std::uint8_t* table) {
  const auto load = [](const std::uint8_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  const __m128i low = load(table), high = load(table + 16), mask = _mm_set1_epi8(15);
  std::size_t i = 0;
  for (; i + 16 <= bytes; i += 16) {
    const __m128i in = load(from + i);
    const __m128i product = _mm_xor_si128(_mm_shuffle_epi8(low, _mm_and_si128(in, mask)),
                                          _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi64(in, 4), mask)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm_xor_si128(load(to + i), product));
  }
  portable(to + i, from + i, bytes - i, table);
}
// SSSE3 is not in the x86-64 baseline that we compile for: chosen when the program starts.
const bool hasShuffle = __builtin_cpu_supports("ssse3");
const auto engine = hasShuffle ? wide : portable;
const char* const engineName = hasShuffle ? "ssse3" : "portable";
#else
constexpr auto engine = portable;
constexpr const char* engineName = "portable";
#endif

}  // namespace

std::uint8_t rsCoefficient(std::uint8_t parity, std::uint8_t data) {
  return inverse(static_cast<std::uint8_t>((255 - parity) ^ data));
}

void rsMultiplyAdd(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, std::uint8_t factor) {
  engine(to, from, bytes, kSplit.rows[factor].data());
}

void rsSolve(std::span<const std::uint8_t> parity, std::span<const std::uint8_t> lost,
             std::span<const std::uint8_t* const> syndromes, std::span<std::uint8_t* const> data, std::size_t bytes) {
  const std::size_t count = lost.size();
  assert(parity.size() == count && syndromes.size() == count && data.size() == count && count <= 127);
  const auto x = [&](std::size_t i) { return static_cast<std::uint8_t>(255 - parity[i]); };
  const auto logSum = [](std::uint8_t a, std::uint8_t b) -> unsigned { return kField.log[a ^ b]; };
  // The inverse of a Cauchy matrix in closed form, by logarithms: element (j, i), lost symbol j from syndrome i, is
  // rows[i] * columns[j] / (x_i + y_j), where rows[i] = product over all y of (x_i + y) over that of (x_i + other x),
  // and columns[j] likewise with x and y exchanged.
  std::array<unsigned, 127> rows{}, columns{};
  for (std::size_t i = 0; i < count; i++) {
    for (std::size_t n = 0; n < count; n++) {
      rows[i] += logSum(x(i), lost[n]) + (n == i ? 0 : 255 - logSum(x(i), x(n)));
      columns[i] += logSum(x(n), lost[i]) + (n == i ? 0 : 255 - logSum(lost[i], lost[n]));
    }
  }
  for (std::size_t j = 0; j < count; j++)
    for (std::size_t i = 0; i < count; i++) {
      const unsigned log = rows[i] + columns[j] + 255 - logSum(x(i), lost[j]);
      rsMultiplyAdd(data[j], syndromes[i], bytes, kField.exp[log % 255]);
    }
}

const char* rsEngine() { return engineName; }

}  // namespace feimu
