#include "grader.h"

#include <optional>
#include <string>
#include <vector>

#include "scan/grader.h"
#include "text-reader.h"
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
    TextReader& reader = TextReader::of(env);
    const std::size_t size = reader.read(info[0]).size();
    const auto grade = grader_->grade(reader.match().text(), size, info[1].As<Napi::Number>().Uint32Value());
    std::copy(grade.begin(), grade.end(), info[2].As<Napi::Float32Array>().Data());
    return env.Undefined();
  }

  std::optional<scan::Grader> grader_;
};

}  // namespace

void exportGrader(Napi::Env env, Napi::Object exports) { exports.Set("Grader", Grader::define(env)); }

}  // namespace feimu::addon
