#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "scan/normaliser.h"

namespace feimu::scan {

/// Similarity of short texts: 64 bits of which most agree where most characters and pairs of them agree.
std::uint64_t simHash(std::u16string_view text);

/// What was said in one room a moment ago, to recognise what says the same. One thread.
class RepeatWindow {
 public:
  static constexpr std::size_t maxEntries = 512;

  struct Taken {
    /// The number that the first of its kind was given; its own when it is the first.
    std::uint64_t first;
    /// How often it was said, this time included.
    std::uint32_t count;
    /// Different ones in the window.
    std::uint32_t entries;
  };

  /// `shown` is the text that `match` was made of. Each number is one more than that before. A window lasts until `windowMs` after the last
  /// of its kind; a clock that jumps back empties it.
  Taken take(const MatchText& match, std::u16string_view shown, std::int64_t nowMs, std::int64_t windowMs);

 private:
  struct Entry {
    std::u16string text;
    std::u16string digits;
    std::vector<std::uint32_t> pairs;  // sorted
    std::uint64_t hash = 0;
    std::int64_t lastMs = 0;
    std::uint64_t number = 0;
    std::uint32_t count = 1;
  };
  static Entry describe(const MatchText& match, std::u16string_view shown);
  static bool same(const Entry& a, const Entry& b);

  std::deque<Entry> entries_;
  std::uint64_t next_ = 0;
};

}  // namespace feimu::scan
