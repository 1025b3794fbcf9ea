#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "scan/normaliser.h"

namespace feimu::scan {

/// Inputs and outputs of the grader; src/clean/grade/features.ts is the plain twin of all this, and trains it.
inline constexpr std::size_t kGradeClasses = 5;
inline constexpr std::size_t kGradeInputs = 512;
inline constexpr std::size_t kGradeFlags = 30;
inline constexpr std::size_t kGradeShapes = 13;
inline constexpr std::size_t kGradeGramsAt = kGradeClasses + kGradeFlags + kGradeShapes;
inline constexpr std::size_t kGradeTableRows = 1U << 16;

using Grade = std::array<float, kGradeClasses>;

/// What a text looks like; `rawLength` is that of the text as it was. Each is 0 to 1. Any thread.
std::array<float, kGradeShapes> shapesOf(std::u16string_view match, std::size_t rawLength);

/// Tells how likely a text is of each class: a table of hashed 1- to 4-grams, then a linear head and softmax. Immutable; any thread.
class Grader {
 public:
  struct Model {
    std::span<const std::int8_t> table;    // a row for each hash, a column for each class
    std::span<const float> scales;         // a column each
    std::span<const float> weights;        // a row for each input, a column for each class
    std::span<const float> bias;           // a column each
    std::span<const std::uint32_t> grams;  // first << 16 | second
  };

  /// Undefined when a size is not as it must be. Copies the model.
  static std::optional<Grader> of(const Model& model);

  /// `flags`: a bit for each category and severity of words in the text.
  Grade grade(std::u16string_view match, std::size_t rawLength, std::uint32_t flags) const;

 private:
  Grader() = default;

  std::vector<std::uint64_t> table_;  // a row each, its columns from the lowest byte up
  Grade scales_{}, bias_{};
  std::vector<Grade> weights_;
  /// The input of a gram; 0: it was not chosen.
  std::uint16_t placeOf(std::uint32_t gram) const;

  /// A hash table with open addressing, less than half full. Place 0 is no gram's: an empty cell.
  static constexpr std::size_t kCells = 1'024;
  struct Cell {
    std::uint32_t gram;
    std::uint16_t place;
  };
  std::array<Cell, kCells> cells_{};
};

}  // namespace feimu::scan
