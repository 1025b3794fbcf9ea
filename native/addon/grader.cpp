#include "grader.h"

#include <optional>
#include <string>
#include <vector>

#include "scan/grader.h"
#include "values.h"

namespace feimu::addon {

namespace {

/// The elements of a typed array of that kind; empty for anything else.
template <typename T>
std::span<const T> elementsOf(const Napi::Object& object, const char* name, napi_typedarray_type type) {
  const Napi::Value value = object.Get(name);
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) return {};
  const auto array = value.As<Napi::TypedArrayOf<T>>();
  return {array.Data(), array.ElementLength()};
}

class Grader : public Napi::ObjectWrap<Grader> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Grader", {InstanceMethod<&Grader::grade>("grade")});
  }

  /// new Grader({table: Int8Array, scales, weights, bias: Float32Array, grams: Uint32Array, gramsAt: number}); `gramsAt`: the first gram's input.
  explicit Grader(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Grader>(info) {
    if (info.Length() == 1 && info[0].IsObject()) {
      const auto model = info[0].As<Napi::Object>();
      if (count(model, "gramsAt", 0) == scan::kGradeGramsAt) grader_ = scan::Grader::of({elementsOf<std::int8_t>(model, "table", napi_int8_array),
                                  elementsOf<float>(model, "scales", napi_float32_array),
                                  elementsOf<float>(model, "weights", napi_float32_array),
                                  elementsOf<float>(model, "bias", napi_float32_array),
                                  elementsOf<std::uint32_t>(model, "grams", napi_uint32_array)});
    }
    if (!grader_) expected(info.Env(), "table, scales, weights, bias and grams of their sizes", "model");
  }

 private:
  /// grade(text: string, flags: number, out: Float32Array): writes how likely each class is.
  Napi::Value grade(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 3 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsTypedArray()) {
      expected(env, "a text, flags and a Float32Array", "grade");
      return env.Undefined();
    }
    const auto array = info[2].As<Napi::TypedArray>();
    if (array.TypedArrayType() != napi_float32_array || array.ElementLength() != scan::kGradeClasses) {
      expected(env, "a Float32Array of " + std::to_string(scan::kGradeClasses), "out");
      return env.Undefined();
    }
    read(info[0]);
    scan::normalise({text_.data(), size_}, match_);
    const auto grade = grader_->grade(match_.text(), size_, info[1].As<Napi::Number>().Uint32Value());
    std::copy(grade.begin(), grade.end(), info[2].As<Napi::Float32Array>().Data());
    return env.Undefined();
  }

  /// Without an allocation a text.
  void read(const Napi::Value& value) {
    napi_get_value_string_utf16(value.Env(), value, text_.data(), text_.size(), &size_);
    if (size_ + 1 < text_.size()) return;
    napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &size_);
    text_.resize(size_ + 2);
    napi_get_value_string_utf16(value.Env(), value, text_.data(), text_.size(), &size_);
  }

  std::optional<scan::Grader> grader_;
  std::vector<char16_t> text_ = std::vector<char16_t>(2'048);
  std::size_t size_ = 0;
  scan::MatchText match_;
};

}  // namespace

void exportGrader(Napi::Env env, Napi::Object exports) { exports.Set("Grader", Grader::define(env)); }

}  // namespace feimu::addon
