#pragma once
#include <napi.h>

#include <string_view>
#include <vector>

#include "scan/normaliser.h"

namespace feimu::addon {

/// JavaScript's texts, read without an allocation each. A comment is asked about several times in a row: the last text is normalised once.
class TextReader {
 public:
  /// The one of an environment.
  static TextReader& of(const Napi::Env& env) { return *env.GetInstanceData<TextReader>(); }

  /// Until the next read.
  std::u16string_view read(const Napi::Value& value);
  /// Of the text that was read last.
  [[nodiscard]] std::u16string_view text() const { return {text_.data(), size_}; }
  const scan::MatchText& match();
  /// How it sounds.
  const scan::MatchText& sound();

 private:
  std::vector<char16_t> text_ = std::vector<char16_t>(2'048);
  std::vector<char16_t> incoming_ = std::vector<char16_t>(2'048);
  std::size_t size_ = 0;
  bool matched_ = false, sounded_ = false;
  scan::MatchText match_, sound_;
};

}  // namespace feimu::addon
