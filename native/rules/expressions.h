#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scan/normaliser.h"

namespace feimu::rules {

/// Of one expression in a text, at most; more say no more.
inline constexpr std::size_t kMaxMatches = 16;

struct Match {
  std::uint32_t expression;
  /// UTF-16 units of the text.
  std::uint32_t start, end;
};

/// Regular expressions of RE2, looked for in one pass: time grows with the text alone, whatever the expressions are. Immutable.
class Expressions {
 public:
  /// Why RE2 does not take it, or why it would be found in every text; empty: it is taken.
  static std::string refusal(std::string_view pattern);

  /// Those that refusal() names are never found.
  explicit Expressions(const std::vector<std::string>& patterns);
  ~Expressions();

  /// Appends where they match. Lone surrogates are read as U+FFFD. Any thread.
  void find(std::u16string_view text, std::vector<Match>& out) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

/// Puts spans of a match text where they stood in the text as it was.
void mapBack(const scan::MatchText& match, std::vector<Match>& matches);

}  // namespace feimu::rules
