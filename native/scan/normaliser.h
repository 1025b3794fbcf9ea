#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace feimu::scan {

/// Changes whenever the same text would be normalised differently: files made with another one are made anew.
inline constexpr std::uint32_t kNormaliserVersion = 1;

/// Where a unit of the match text came from.
struct Origin {
  std::uint32_t start;  // UTF-16 units of the text as it was
  std::uint32_t end;
  /// Visible characters that are no letters between the unit before and this one, at most 255.
  std::uint8_t gap;
  /// How often it stood there in a row, at most 255.
  std::uint8_t run;
  /// Syllables only: it was typed in Latin letters.
  bool typed;
  /// A digit that was written as a Chinese numeral.
  bool numeral;
};

/// A text as it is matched: letters and digits alone, lower case, simplified, look-alikes as what they look like, numerals as digits, each
/// run of one character once.
struct MatchText {
  std::vector<char16_t> units;
  std::vector<Origin> origins;

  std::u16string_view text() const { return {units.data(), units.size()}; }
  void clear() {
    units.clear();
    origins.clear();
  }
};

/// Writes the match text of `text` into `out`; lone surrogates vanish. Any thread.
void normalise(std::u16string_view text, MatchText& out);

/// How a text sounds, when it has two Latin letters in a row that may be typed pinyin: a unit is a syllable (its number), or an ASCII letter
/// or digit, or 0 for anything else. Empty otherwise. `match` is the same text normalised.
void soundOut(const MatchText& match, MatchText& out);

/// The syllables of a word all of whose characters have one; empty otherwise.
std::vector<char16_t> syllablesOf(std::u16string_view normalised);

}  // namespace feimu::scan
