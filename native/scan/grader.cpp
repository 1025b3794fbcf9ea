#include "scan/grader.h"

#include <algorithm>
#include <bitset>
#include <cmath>

namespace feimu::scan {

namespace {

/// Stand before and after a text in its n-grams.
constexpr char16_t kBegin = 2;
constexpr char16_t kEnd = 3;
constexpr std::ptrdiff_t kLongest = 4;
/// Differing characters are counted in so many of the first ones.
constexpr std::size_t kDistinctIn = 64;

std::size_t cellOf(std::uint32_t gram) { return (gram * 0x9e3779b1U) >> 20; }

/// Two sums a word: each of four columns in 16 bits, of so many rows before they are read out.
constexpr std::uint64_t kLanes = 0x00FF00FF00FF00FF;
constexpr std::size_t kRowsASum = 256;
/// What is added to a column so that it is never negative.
constexpr int kBias = 128;

/// The sums of the table's rows, so scaled that long texts count no more than short ones.
Grade tableLogits(std::span<const std::uint64_t> table, const Grade& scales, std::u16string_view match) {
  Grade logits{};
  if (match.empty()) return logits;
  const auto length = static_cast<std::ptrdiff_t>(match.size());
  std::array<std::int64_t, kGradeClasses> sums{};
  std::uint64_t even = 0, odd = 0;
  std::size_t count = 0, added = 0;
  const auto readOut = [&] {
    for (std::size_t column = 0; column < kGradeClasses; column++) {
      sums[column] += static_cast<std::int64_t>((column % 2 ? odd : even) >> (column / 2 * 16) & 0xFFFF) - static_cast<std::int64_t>(added) * kBias;
    }
    even = odd = added = 0;
  };
  for (std::ptrdiff_t from = -1; from <= length; from++) {
    std::uint32_t hash = 0x811c9dc5;
    for (std::ptrdiff_t at = from; at < from + kLongest && at <= length; at++) {
      const char16_t unit = at < 0 ? kBegin : at == length ? kEnd : match[static_cast<std::size_t>(at)];
      hash = (hash ^ unit) * 0x9e3779b1U;
      hash ^= hash >> 15;
      // The marks alone say nothing.
      if (at == from && (at < 0 || at == length)) continue;
      const std::size_t row = (hash ^ (hash >> 16)) & (kGradeTableRows - 1);
      even += table[row] & kLanes;
      odd += table[row] >> 8 & kLanes;
      count++;
      if (++added == kRowsASum) readOut();
    }
  }
  readOut();
  const double scale = 1 / std::sqrt(static_cast<double>(count));
  for (std::size_t column = 0; column < kGradeClasses; column++) {
    logits[column] = static_cast<float>(static_cast<double>(sums[column]) * scales[column] * scale);
  }
  return logits;
}

}  // namespace

std::array<float, kGradeShapes> shapesOf(std::u16string_view match, std::size_t rawLength) {
  const std::size_t length = match.size();
  std::size_t han = 0, latin = 0, digits = 0, runs = 0;
  std::size_t digitRun = 0, longestDigits = 0, letters = 0, figures = 0, longestMixed = 0;
  for (const char16_t unit : match) {
    const bool digit = unit >= u'0' && unit <= u'9';
    const bool letter = unit >= u'a' && unit <= u'z';
    if (unit >= 0x4e00 && unit <= 0x9fff) han++;
    if (digit) digits++;
    if (letter) latin++;
    digitRun = digit ? digitRun + 1 : 0;
    longestDigits = std::max(longestDigits, digitRun);
    if (!digit && !letter) {
      letters = figures = 0;
      continue;
    }
    if (letters + figures == 0) runs++;
    (digit ? figures : letters)++;
    if (letters > 0 && figures > 0) longestMixed = std::max(longestMixed, letters + figures);
  }
  std::array<char16_t, kDistinctIn> some{};
  const std::size_t counted = std::min(length, kDistinctIn);
  std::copy_n(match.begin(), counted, some.begin());
  const auto end = some.begin() + static_cast<std::ptrdiff_t>(counted);
  std::sort(some.begin(), end);
  const auto distinct = static_cast<std::size_t>(std::unique(some.begin(), end) - some.begin());
  const auto share = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.F : static_cast<float>(static_cast<double>(part) / static_cast<double>(whole));
  };
  const auto yes = [](bool is) { return is ? 1.F : 0.F; };
  return {share(std::min<std::size_t>(length, 60), 60),
          yes(length <= 2),
          yes(length <= 4),
          yes(length >= 20),
          share(han, length),
          share(latin, length),
          share(digits, length),
          yes(longestDigits >= 5),
          yes(longestDigits >= 8),
          yes(longestMixed >= 5),
          share(rawLength > length ? rawLength - length : 0, rawLength),
          share(distinct, counted),
          share(std::min<std::size_t>(runs, 4), 4)};
}

std::optional<Grader> Grader::of(const Model& model) {
  if (model.table.size() != kGradeTableRows * kGradeClasses || model.scales.size() != kGradeClasses ||
      model.weights.size() != kGradeInputs * kGradeClasses || model.bias.size() != kGradeClasses ||
      model.grams.size() > kGradeInputs - kGradeGramsAt) {
    return std::nullopt;
  }
  Grader grader;
  grader.table_.resize(kGradeTableRows);
  for (std::size_t i = 0; i < model.table.size(); i++) {
    grader.table_[i / kGradeClasses] |= static_cast<std::uint64_t>(model.table[i] + kBias) << (i % kGradeClasses * 8);
  }
  std::copy(model.scales.begin(), model.scales.end(), grader.scales_.begin());
  std::copy(model.bias.begin(), model.bias.end(), grader.bias_.begin());
  grader.weights_.resize(kGradeInputs);
  for (std::size_t i = 0; i < model.weights.size(); i++) grader.weights_[i / kGradeClasses][i % kGradeClasses] = model.weights[i];
  for (std::size_t i = 0; i < model.grams.size(); i++) {
    std::size_t cell = cellOf(model.grams[i]) % kCells;
    while (grader.cells_[cell].place != 0 && grader.cells_[cell].gram != model.grams[i]) cell = (cell + 1) % kCells;
    grader.cells_[cell] = {model.grams[i], static_cast<std::uint16_t>(kGradeGramsAt + i)};
  }
  return grader;
}

std::uint16_t Grader::placeOf(std::uint32_t gram) const {
  std::size_t cell = cellOf(gram) % kCells;
  while (cells_[cell].place != 0 && cells_[cell].gram != gram) cell = (cell + 1) % kCells;
  return cells_[cell].place;
}

Grade Grader::grade(std::u16string_view match, std::size_t rawLength, std::uint32_t flags) const {
  std::array<double, kGradeClasses> logits{};
  for (std::size_t column = 0; column < kGradeClasses; column++) logits[column] = bias_[column];
  const auto add = [&](std::size_t input, float value) {
    const Grade& row = weights_[input];
    for (std::size_t column = 0; column < kGradeClasses; column++) logits[column] += static_cast<double>(row[column]) * value;
  };
  std::size_t input = 0;
  for (const float value : tableLogits(table_, scales_, match)) add(input++, value);
  for (std::size_t flag = 0; flag < kGradeFlags; flag++, input++) {
    if ((flags >> flag) & 1U) add(input, 1);
  }
  for (const float value : shapesOf(match, rawLength)) add(input++, value);
  std::bitset<kGradeInputs> seen;
  const auto addGram = [&](std::uint32_t gram) {
    const std::uint16_t place = placeOf(gram);
    if (place == 0 || seen[place]) return;
    seen.set(place);
    add(place, 1);
  };
  for (std::size_t at = 0; at < match.size(); at++) {
    const std::uint32_t first = static_cast<std::uint32_t>(match[at]) << 16;
    addGram(first);
    if (at + 1 < match.size()) addGram(first | match[at + 1]);
  }
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (double& logit : logits) sum += logit = std::exp(logit - highest);
  Grade grade;
  for (std::size_t column = 0; column < kGradeClasses; column++) grade[column] = static_cast<float>(logits[column] / sum);
  return grade;
}

}  // namespace feimu::scan
