#include "link/reed-solomon.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "testing/check.h"

using namespace feimu;
using Symbol = std::vector<std::uint8_t>;

namespace {

/// Carry-less multiplication and reduction by 0x11d, bit by bit.
std::uint8_t slowProduct(unsigned a, unsigned b) {
  unsigned product = 0;
  for (; b; b >>= 1, a = (a << 1) ^ (a & 0x80 ? 0x11d : 0))
    if (b & 1) product ^= a;
  return static_cast<std::uint8_t>(product);
}

std::vector<Symbol> encode(const std::vector<Symbol>& data, std::size_t m) {
  std::vector<Symbol> parity(m, Symbol(data[0].size()));
  for (std::size_t i = 0; i < m; i++)
    for (std::size_t j = 0; j < data.size(); j++)
      rsMultiplyAdd(parity[i].data(), data[j].data(), data[j].size(),
                    rsCoefficient(static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j)));
  return parity;
}

std::vector<Symbol> randomSymbols(std::size_t count, std::size_t bytes, std::mt19937& random) {
  std::vector<Symbol> symbols(count, Symbol(bytes));
  for (auto& symbol : symbols)
    for (auto& byte : symbol) byte = static_cast<std::uint8_t>(random());
  return symbols;
}

void recover(const std::vector<Symbol>& data, std::vector<Symbol> parity, const std::vector<std::uint8_t>& lost,
             const std::vector<std::uint8_t>& rows) {
  const std::size_t bytes = data[0].size();
  std::vector<Symbol> out(lost.size(), Symbol(bytes));
  std::vector<const std::uint8_t*> syndromes;
  std::vector<std::uint8_t*> into;
  for (std::size_t n = 0; n < lost.size(); n++) {
    Symbol& row = parity[rows[n]];
    for (std::size_t j = 0; j < data.size(); j++)
      if (std::find(lost.begin(), lost.end(), j) == lost.end())
        rsMultiplyAdd(row.data(), data[j].data(), bytes, rsCoefficient(rows[n], static_cast<std::uint8_t>(j)));
    syndromes.push_back(row.data());
    into.push_back(out[n].data());
  }
  rsSolve(rows, lost, syndromes, into, bytes);
  for (std::size_t n = 0; n < lost.size(); n++) CHECK(out[n] == data[lost[n]]);
}

void multipliesAsTheFieldDoes() {
  // 37 bytes: whole vectors and a rest; one byte off, so that loads are not aligned.
  Symbol from(38), to(38), expected(38);
  std::iota(from.begin(), from.end(), std::uint8_t{219});
  for (unsigned factor = 0; factor < 256; factor++) {
    for (std::size_t i = 1; i < 38; i++) expected[i] ^= slowProduct(factor, from[i]);
    rsMultiplyAdd(to.data() + 1, from.data() + 1, 37, static_cast<std::uint8_t>(factor));
    CHECK(to == expected);
    for (auto& byte : from) byte = static_cast<std::uint8_t>(byte * 5 + 1);
  }
}

void coefficientIsTheCauchyMatrix() {
  for (unsigned i = 0; i < 255; i++)
    for (unsigned j = 0; i + j < 255; j++)
      CHECK(slowProduct(rsCoefficient(static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j)), (255 - i) ^ j) == 1);
}

void everyPatternOfSmallCodesRecovers() {
  std::mt19937 random(1);
  for (std::size_t k = 1; k <= 6; k++)
    for (std::size_t m = 1; m <= 4; m++) {
      const auto data = randomSymbols(k, 19, random);
      const auto parity = encode(data, m);
      for (unsigned pattern = 1; pattern < 1u << (k + m); pattern++) {
        std::vector<std::uint8_t> lost, rows;
        for (std::uint8_t j = 0; j < k; j++)
          if (pattern >> j & 1) lost.push_back(j);
        for (std::uint8_t i = 0; i < m; i++)
          if (!(pattern >> (k + i) & 1)) rows.push_back(i);
        if (lost.empty() || rows.size() < lost.size()) continue;
        rows.resize(lost.size());
        recover(data, parity, lost, rows);
      }
    }
}

void randomPatternsOfLargeCodesRecover() {
  std::mt19937 random(2);
  for (auto [k, m] : {std::pair<std::size_t, std::size_t>{1, 254}, {20, 3}, {128, 127}, {127, 128}, {200, 55}, {254, 1}}) {
    const auto data = randomSymbols(k, 40, random);
    const auto parity = encode(data, m);
    for (int round = 0; round < 10; round++) {
      std::vector<std::uint8_t> lost(k), rows(m);
      std::iota(lost.begin(), lost.end(), std::uint8_t{0});
      std::iota(rows.begin(), rows.end(), std::uint8_t{0});
      std::shuffle(lost.begin(), lost.end(), random);
      std::shuffle(rows.begin(), rows.end(), random);
      const std::size_t most = std::min(k, m);
      lost.resize(round == 0 ? most : 1 + random() % most);
      rows.resize(lost.size());
      recover(data, parity, lost, rows);
    }
  }
}

}  // namespace

int main() {
  multipliesAsTheFieldDoes();
  coefficientIsTheCauchyMatrix();
  everyPatternOfSmallCodesRecovers();
  randomPatternsOfLargeCodesRecover();
  std::printf("reed-solomon: ok (%s)\n", rsEngine());
}
