#include "text-reader.h"

#include <utility>

namespace feimu::addon {

std::u16string_view TextReader::read(const Napi::Value& value) {
  std::size_t size = 0;
  napi_get_value_string_utf16(value.Env(), value, incoming_.data(), incoming_.size(), &size);
  if (size + 1 >= incoming_.size()) {
    napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &size);
    incoming_.resize(size + 2);
    napi_get_value_string_utf16(value.Env(), value, incoming_.data(), incoming_.size(), &size);
  }
  if (std::u16string_view(incoming_.data(), size) == text()) return text();
  std::swap(text_, incoming_);
  size_ = size;
  matched_ = sounded_ = false;
  return text();
}

const scan::MatchText& TextReader::match() {
  if (!std::exchange(matched_, true)) scan::normalise(text(), match_);
  return match_;
}

const scan::MatchText& TextReader::sound() {
  if (!std::exchange(sounded_, true)) scan::soundOut(match(), sound_);
  return sound_;
}

}  // namespace feimu::addon
