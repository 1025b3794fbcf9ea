#include "rules/expressions.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <utility>

namespace feimu::rules {

namespace {

/// One expression must not take what the others need.
constexpr std::int64_t kMaxBytes = 256 << 10;
constexpr std::int64_t kMaxSetBytes = 8 << 20;

RE2::Options options(std::int64_t maxBytes) {
  RE2::Options result;
  result.set_encoding(RE2::Options::EncodingUTF8);
  result.set_case_sensitive(false);
  result.set_dot_nl(true);
  result.set_log_errors(false);
  result.set_max_mem(maxBytes);
  return result;
}

void append(std::string& out, char32_t point) {
  const auto byte = [&](char32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

/// UTF-8, and the unit that each byte belongs to; one more for the end.
struct Encoded {
  std::string bytes;
  std::vector<std::uint32_t> units;
};

void encode(std::u16string_view text, Encoded& out) {
  out.bytes.clear();
  out.units.clear();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t first = at;
    char32_t point = text[at++];
    if (point >= 0xD800 && point < 0xE000) {
      const bool pair = point < 0xDC00 && at < text.size() && text[at] >= 0xDC00 && text[at] < 0xE000;
      point = pair ? 0x10000 + ((point - 0xD800) << 10) + (text[at++] - 0xDC00U) : U'\uFFFD';
    }
    append(out.bytes, point);
    out.units.resize(out.bytes.size(), static_cast<std::uint32_t>(first));
  }
  out.units.push_back(static_cast<std::uint32_t>(text.size()));
}

}  // namespace

struct Expressions::Compiled {
  std::vector<std::unique_ptr<RE2>> each;
  /// Which of `each` an expression of the set is.
  std::vector<std::uint32_t> numbers;
  std::unique_ptr<RE2::Set> set;
};

std::string Expressions::refusal(std::string_view pattern) {
  const RE2 expression(re2::StringPiece(pattern.data(), pattern.size()), options(kMaxBytes));
  if (!expression.ok()) return expression.error();
  if (RE2::PartialMatch("", expression)) return "it matches where there is nothing";
  return "";
}

Expressions::Expressions(const std::vector<std::string>& patterns) {
  auto compiled = std::make_unique<Compiled>();
  compiled->set = std::make_unique<RE2::Set>(options(kMaxSetBytes), RE2::UNANCHORED);
  for (std::uint32_t number = 0; number < patterns.size(); number++) {
    auto expression = std::make_unique<RE2>(patterns[number], options(kMaxBytes));
    if (expression->ok() && compiled->set->Add(patterns[number], nullptr) >= 0) compiled->numbers.push_back(number);
    compiled->each.push_back(std::move(expression));
  }
  // Without the set, each is looked for by itself.
  if (compiled->numbers.empty() || !compiled->set->Compile()) compiled->set.reset();
  compiled_ = std::move(compiled);
}

Expressions::~Expressions() = default;

void Expressions::find(std::u16string_view text, std::vector<Match>& out) const {
  thread_local Encoded encoded;
  thread_local std::vector<int> candidates;
  const auto& numbers = compiled_->numbers;
  if (numbers.empty() || text.empty()) return;
  encode(text, encoded);
  const re2::StringPiece whole(encoded.bytes.data(), encoded.bytes.size());
  candidates.clear();
  RE2::Set::ErrorInfo error{RE2::Set::kNoError};
  const bool any = compiled_->set && compiled_->set->Match(whole, &candidates, &error);
  if (!compiled_->set || error.kind != RE2::Set::kNoError) {
    candidates.clear();
    for (std::size_t i = 0; i < numbers.size(); i++) candidates.push_back(static_cast<int>(i));
  } else if (!any) {
    return;
  }
  std::sort(candidates.begin(), candidates.end());
  for (const int candidate : candidates) {
    const std::uint32_t number = numbers[static_cast<std::size_t>(candidate)];
    re2::StringPiece found;
    std::size_t from = 0;
    std::size_t count = 0;
    while (count < kMaxMatches && from < whole.size() &&
           compiled_->each[number]->Match(whole, from, whole.size(), RE2::UNANCHORED, &found, 1)) {
      const auto first = static_cast<std::size_t>(found.data() - whole.data());
      const std::size_t end = first + found.size();
      if (found.empty()) {
        // On by a character.
        from = first + 1;
        while (from < whole.size() && (static_cast<unsigned char>(whole[from]) & 0xC0) == 0x80) from++;
        continue;
      }
      out.push_back({number, encoded.units[first], encoded.units[end]});
      count++;
      from = end;
    }
  }
}

void mapBack(const scan::MatchText& match, std::vector<Match>& matches) {
  for (Match& one : matches) {
    one.end = match.origins[one.end - 1].end;
    one.start = match.origins[one.start].start;
  }
}

}  // namespace feimu::rules
