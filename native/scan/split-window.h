#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scan/lexicon.h"
#include "scan/normaliser.h"

namespace feimu::scan {

/// What was said in rooms a moment ago, joined with what is said now: words that are cut over comments stand in it. One thread.
class SplitWindow {
 public:
  /// What is read as one: comments of one author, very short ones of a room, or what stands downwards on the stage.
  enum class Kind : std::uint8_t { author, brief, column };
  /// Longest part of a word before or after a cut.
  static constexpr std::size_t reach = 16;

  struct Joined {
    Kind kind;
    std::u16string text;
    /// Where its parts begin; at the last one the comment does.
    std::vector<std::uint32_t> starts;
    /// Of the comments that its parts are of.
    std::vector<std::u16string> ids;
  };

  /// What is said. Nobody's `author` is empty; `match` is normalised.
  struct Said {
    std::u16string_view room, author, id, match;
    double atMs;
  };

  /**
   * Remembers a comment and returns what it makes, joined with what went before, of which only what has a word over the cut; all of it with
   * `every`. Its time may jump: what is not within a part's time of it is forgotten. Valid until the next call.
   */
  const std::vector<Joined>& take(const Said& said, const WordBook& book, bool every);

 private:
  struct Part {
    std::array<char16_t, reach> units;  // the last ones
    std::uint32_t size;
    double atMs;
    std::u16string id;
    [[nodiscard]] std::u16string_view text() const { return {units.data(), size}; }
  };
  /// Oldest first.
  struct Parts {
    std::array<Part, 8> all;
    std::size_t count = 0;
  };

  /// Values by name, of which the one that was used longest ago goes where there are too many.
  template <typename Value>
  class Recent {
   public:
    Value& of(std::u16string_view name, std::size_t most);

   private:
    struct Named {
      std::u16string name;
      Value value;
    };
    std::list<Named> all_;  // what was used last, last
    std::unordered_map<std::u16string_view, typename std::list<Named>::iterator> byName_;
  };
  struct Room {
    Recent<Parts> authors;
    Parts brief, column;
  };

  /// `said.match`: what can be a part.
  void join(Parts& parts, const Said& said, Kind kind, const WordBook& book, bool every);
  /// Whether a word begins before `cut` and ends after it.
  bool isCut(std::u16string_view text, std::size_t cut, const WordBook& book);

  Recent<Room> rooms_;
  std::vector<Joined> joined_;
  Joined one_{};
  MatchText match_, sound_;
  std::vector<WordBook::Found> found_;
};

}  // namespace feimu::scan
