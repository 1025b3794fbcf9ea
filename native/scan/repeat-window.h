#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scan/normaliser.h"

namespace feimu::scan {

/// Similarity of short texts: 64 bits of which most agree where most characters and pairs of them agree. Of long ones the first 120 characters.
std::uint64_t simHash(std::u16string_view text);

/// Writes the places of the hashes that differ from `hash` in at most `most` bits into `out`, ascending; returns how many. `out` has room for all.
std::size_t nearHashes(std::span<const std::uint64_t> hashes, std::uint64_t hash, int most, std::uint16_t* out);

/// What was said in one room a moment ago, to recognise what says the same. One thread.
class RepeatWindow {
 public:
  static constexpr std::size_t maxEntries = 512;

  struct Taken {
    /// The number that the first of its kind was given; its own when it is the first.
    std::uint64_t first;
    /// Below maxEntries: that of the first of its kind, as long as it is in the window.
    std::uint32_t place;
    /// How often it was said, this time included.
    std::uint32_t count;
    /// Different ones in the window.
    std::uint32_t entries;
  };

  /// `shown` is the text that `match` was made of. Each number is one more than that before. A window lasts until `windowMs` after the last
  /// of its kind; what was said later than `nowMs`, by a clock that jumped, leaves it.
  Taken take(const MatchText& match, std::u16string_view shown, std::int64_t nowMs, std::int64_t windowMs);

 private:
  struct Entry {
    std::u16string text;
    std::u16string digits;
    std::uint64_t hash = 0;
    std::uint64_t number = 0;
    std::uint32_t count = 1;
  };
  static Entry describe(const MatchText& match, std::u16string_view shown);
  /// Of two whose hashes are near.
  static bool same(const Entry& a, const Entry& b);

  // One place each. What is gone through for each comment lies together.
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::int64_t> lastMs_;
  std::uint64_t next_ = 0;
};

}  // namespace feimu::scan
