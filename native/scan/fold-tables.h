#pragma once
// Made at build time by src/clean/tables/make.ts from what Unicode, OpenCC, its confusables and a pinyin dictionary say.
#include <cstddef>
#include <cstdint>

namespace feimu::scan::tables {

/// A value of kFolds: a UTF-16 unit, or one of these, or kSequence and the number of a sequence.
inline constexpr std::uint16_t kSequence = 0xE000;  // … 0xF8FF
inline constexpr std::uint16_t kItself = 0xFFFD;    // as it is, in two units
inline constexpr std::uint16_t kParts = 0xFFFE;     // no letter and no digit
inline constexpr std::uint16_t kGoes = 0xFFFF;      // invisible

/// Code point / 256 → page.
extern const std::uint16_t kPages[0x1100];
/// 256 values a page.
extern const std::uint16_t kFolds[];
/// Number of a sequence → where it lies in kSequences: its length, then its units.
extern const std::uint16_t kSequenceStarts[];
extern const char16_t kSequences[];
/// U+4E00 … U+9FFF → number of its most usual syllable, from 1; 0: none is known.
extern const std::uint16_t kSounds[0x5200];
extern const std::size_t kSyllableCount;
extern const char* const kSyllables[];

}  // namespace feimu::scan::tables
