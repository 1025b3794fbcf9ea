#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scan/automaton.h"
#include "scan/normaliser.h"
#include "scan/section-file.h"

namespace feimu::scan {

enum class WordKind : std::uint8_t {
  word,
  /// Cancels the hits that lie within it.
  allowed,
};

enum class WordForm : std::uint8_t { written, reversed, spoken };

/// How digits and Chinese numerals are told apart, which are the same in a match text.
enum class Numbers : std::uint8_t {
  /// One stands for the other.
  alike,
  /// A short word with a digit in it: 8 is not 八.
  exact,
  /// Nothing but digits: also no part of a longer number or code.
  alone,
};

/// Words of one list that are treated alike.
struct WordGroup {
  /// One a line. "=word": only if it is the whole text.
  std::u16string words;
  std::uint16_t list = 0;
  std::uint8_t category = 0;
  /// 1 to 3. From 2 on, also backwards and in pinyin.
  std::uint8_t severity = 1;
  WordKind kind = WordKind::word;
  /// Also within longer words and numbers.
  bool inside = false;
};

/// Letters and digits of ASCII alone.
inline constexpr std::uint8_t kOfAscii = 1;
/// Also within longer words and numbers.
inline constexpr std::uint8_t kInside = 2;

/// How one word of a list is found; 24 bytes of the file.
struct LexiconEntry {
  std::uint32_t text;  // offset in the texts
  std::uint16_t textLength;
  std::uint16_t list;
  std::uint8_t category;
  std::uint8_t severity;
  WordKind kind;
  WordForm form;
  /// Only if it is the whole text.
  std::uint8_t whole;
  /// kOfAscii, kInside.
  std::uint8_t flags;
  Numbers numbers;
  /// Bit n: the unit is a digit that was written as a numeral; of the first eight.
  std::uint8_t numerals;
  /// Bit n: the unit stands there twice or more often.
  std::uint32_t runs;
  /// Bit n: there is a space or the like before the unit.
  std::uint32_t gaps;
};
static_assert(sizeof(LexiconEntry) == 24);

struct Hit {
  std::uint32_t entry;
  std::uint32_t firstUnit, endUnit;  // of the match text, or of the sounds
  std::uint32_t start, end;          // UTF-16 units of the text as it was
};

/// Words and how they are found, compiled into a file that all processes map. Immutable. Any thread.
class Lexicon {
 public:
  struct Built {
    std::vector<std::byte> bytes;
    std::uint32_t words;
    /// Words that nothing is left of, or too much: more than kMaxWord units.
    std::vector<std::u16string> refused;
  };
  struct Opened {
    std::shared_ptr<const Lexicon> lexicon;
    SectionFile::Problem problem;
  };

  /// `stamp` names what it was made from, and is only carried.
  static Built build(std::span<const WordGroup> groups, std::uint64_t stamp);
  static Opened open(const std::string& path);
  static Opened of(std::vector<std::byte> bytes);

  /// Appends what occurs and stands as its entry demands; `sound` may be empty. Allowed phrases are among it.
  void find(const MatchText& match, const MatchText& sound, std::vector<Hit>& out) const;

  const LexiconEntry& entry(std::uint32_t number) const { return entries_[number]; }
  /// As it stands in its list.
  std::u16string_view text(std::uint32_t number) const;
  std::size_t size() const { return entries_.size(); }
  std::uint64_t stamp() const { return file_->stamp(); }
  std::size_t bytes() const { return file_->size(); }

 private:
  Lexicon() = default;
  static Opened from(SectionFile::Opened opened);

  std::shared_ptr<const SectionFile> file_;
  AutomatonView written_, spoken_;
  std::span<const std::uint32_t> writtenStarts_, spokenStarts_;
  std::span<const LexiconEntry> entries_;
  std::span<const char16_t> texts_;
};

/// A lexicon, what was added to it since, and which of its entries are no more; and the same of a large list of somebody's own. Immutable; the
/// next one replaces it.
struct WordBook {
  std::shared_ptr<const Lexicon> base, added;
  /// A bit for each entry of `base`; may be shorter.
  std::vector<std::uint64_t> removed;
  std::shared_ptr<const Lexicon> own{};
  std::vector<std::uint64_t> removedOwn{};

  struct Found {
    const Lexicon* lexicon;
    Hit hit;
  };
  /// The hits that no allowed phrase cancels, by where they begin. Any thread.
  void find(const MatchText& match, const MatchText& sound, std::vector<Found>& out) const;
};

}  // namespace feimu::scan
