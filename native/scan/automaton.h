#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace feimu::scan {

/// Longest word, in UTF-16 units.
inline constexpr std::size_t kMaxWord = 64;

/// One state of the double array, 16 bytes, so that four share a cache line. The child of the state in cell `p` by code `c` is in cell
/// `cells[p].base + c` if that cell's `parent` is `p`.
struct Cell {
  std::uint32_t base;
  std::uint32_t parent;
  std::uint32_t fail;
  /// Number of the longest word that ends here, from 1; 0: none. With the depth in the upper byte.
  std::uint32_t wordAndDepth;

  std::uint32_t word() const { return wordAndDepth & 0xFFFFFF; }
  std::uint32_t depth() const { return wordAndDepth >> 24; }
};
static_assert(sizeof(Cell) == 16);
/// Parent of a cell that holds no state, and of the root.
inline constexpr std::uint32_t kNoCell = ~0U;

struct WordEnd {
  std::uint32_t length;
  /// The longest other word that this one ends with, from 1; 0: none.
  std::uint32_t suffix;
};

/// Which pairs of units a word may begin with: a set that errs on the side of yes, with 2^n bits. It lets a scan leap over what begins no word
/// without a step in the automaton, and its look-ups do not wait for each other.
/// Words of 64 bits in the largest set of first pairs: 256 KiB.
inline constexpr std::size_t kMaxPairs = 1 << 15;

inline std::uint32_t pairHash(char16_t first, char16_t second) {
  return (static_cast<std::uint32_t>(first) << 16 | second) * 0x9E3779B1U;
}

/// What is scanned for, in flat arrays: made by buildAutomaton, or lying in a mapped file.
struct AutomatonView {
  std::span<const std::uint16_t> codes;  // 65,536: UTF-16 unit → code, 0: in no word
  std::span<const Cell> cells;
  std::span<const WordEnd> words;
  std::span<const std::uint64_t> pairs;    // by the upper bits of pairHash; a power of two of them
  std::span<const std::uint64_t> singles;  // 1,024: units that are words; empty: none is

  /// Every index stays within its array and every chain ends: after this no scan can go astray. O(cells).
  bool isSound() const;

  /// Calls `found(word, start, end)` for every occurrence of every word; words count from 0. Any thread.
  template <typename Found>
  void scan(std::u16string_view text, Found found) const {
    if (cells.size() <= 1) return;
    const int shift = 32 - std::countr_zero(pairs.size() * 64);
    const auto maybeFirst = [&](std::size_t at) {
      if (at + 1 < text.size()) {
        const std::uint32_t hash = pairHash(text[at], text[at + 1]) >> shift;
        if (pairs[hash >> 6] >> (hash & 63) & 1) return true;
      }
      return !singles.empty() && (singles[text[at] >> 6] >> (text[at] & 63) & 1) != 0;
    };
    const Cell* const all = cells.data();
    std::size_t at = 0;
    for (;;) {
      while (at < text.size() && !maybeFirst(at)) at++;
      if (at == text.size()) return;
      // Words may begin here: steps through the automaton until none is under way.
      std::uint32_t state = 0;
      for (;;) {
        const std::uint32_t code = codes[text[at]];
        std::uint32_t child;
        while (child = all[state].base + code, all[child].parent != state && state != 0) state = all[state].fail;
        if (all[child].parent != state) {
          at++;
          break;
        }
        state = child;
        at++;
        for (std::uint32_t word = all[state].word(); word != 0; word = words[word - 1].suffix) {
          const std::size_t length = words[word - 1].length;
          if (length <= at) found(word - 1, at - length, at);  // a longer one stands only in a file that somebody forged
        }
        if (at == text.size()) return;
      }
    }
  }
};

struct Automaton {
  std::vector<std::uint16_t> codes;
  std::vector<Cell> cells;
  std::vector<WordEnd> words;
  std::vector<std::uint64_t> pairs;
  std::vector<std::uint64_t> singles;

  AutomatonView view() const { return {codes, cells, words, pairs, singles}; }
};

/// The words must differ from each other and have 1 to kMaxWord units; at most 2^24 - 2 of them.
Automaton buildAutomaton(std::span<const std::u16string_view> words);

}  // namespace feimu::scan
