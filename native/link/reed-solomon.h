#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace feimu {

/// Systematic Reed–Solomon erasure code over GF(2^8) (polynomial 0x11d): parity row i is the sum of all data symbols j,
/// each times 1 / (x_i + y_j) with x_i = 255 - i and y_j = j. Any square part of this Cauchy matrix can be inverted, so
/// k data and m parity symbols (k + m <= 255) survive the loss of any m. A coefficient depends on neither k nor m.
/// `parity` + `data` < 255.
std::uint8_t rsCoefficient(std::uint8_t parity, std::uint8_t data);

/// to[i] += factor * from[i], in GF(2^8). 16 bytes at once with SSSE3 or NEON.
void rsMultiplyAdd(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes, std::uint8_t factor);

/// Turns syndromes into lost data. `syndromes[n]` is parity row `parity[n]` plus all data that is known, each times its
/// coefficient; `data[n]` gets the lost data symbol `lost[n]`. As many parity rows as lost symbols, at most 127, each
/// named once; symbols of `bytes` bytes, `data` filled with zeros.
void rsSolve(std::span<const std::uint8_t> parity, std::span<const std::uint8_t> lost,
             std::span<const std::uint8_t* const> syndromes, std::span<std::uint8_t* const> data, std::size_t bytes);

/// What rsMultiplyAdd runs on here: "neon", "ssse3" or "portable".
const char* rsEngine();

}  // namespace feimu
