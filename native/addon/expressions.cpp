#include "expressions.h"

#include <memory>
#include <string>
#include <vector>

#include "rules/expressions.h"
#include "scan/normaliser.h"
#include "values.h"

namespace feimu::addon {

namespace {

/// Numbers that a match has in what find() returns.
constexpr std::size_t kMatchNumbers = 3;

class Expressions : public Napi::ObjectWrap<Expressions> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Expressions",
                       {StaticMethod<&Expressions::refusal>("refusal"), InstanceMethod<&Expressions::find>("find")});
  }

  /// new Expressions(patterns: string[])
  explicit Expressions(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Expressions>(info) {
    std::vector<std::string> patterns;
    if (info.Length() != 1 || !info[0].IsArray()) {
      expected(info.Env(), "an array of strings", "patterns");
      return;
    }
    const auto array = info[0].As<Napi::Array>();
    for (std::uint32_t i = 0; i < array.Length(); i++) {
      const Napi::Value one = array.Get(i);
      if (!one.IsString()) {
        expected(info.Env(), "an array of strings", "patterns");
        return;
      }
      patterns.push_back(one.As<Napi::String>().Utf8Value());
    }
    expressions_ = std::make_unique<rules::Expressions>(patterns);
  }

 private:
  /// refusal(pattern: string): why it is not taken; "": it is.
  static Napi::Value refusal(const Napi::CallbackInfo& info) {
    if (info.Length() != 1 || !info[0].IsString()) {
      expected(info.Env(), "a string", "pattern");
      return info.Env().Undefined();
    }
    return Napi::String::New(info.Env(), rules::Expressions::refusal(info[0].As<Napi::String>().Utf8Value()));
  }

  /// find(text: string, normalised: boolean): undefined when there is nothing, else a Uint32Array of kMatchNumbers for each match:
  /// the pattern's index, start and end in UTF-16 units of `text`.
  Napi::Value find(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 2 || !info[0].IsString() || !info[1].IsBoolean()) {
      expected(env, "a text and a boolean", "find");
      return env.Undefined();
    }
    const std::u16string text = info[0].As<Napi::String>().Utf16Value();
    found_.clear();
    if (info[1].As<Napi::Boolean>().Value()) {
      scan::normalise(text, match_);
      expressions_->find(match_.text(), found_);
      rules::mapBack(match_, found_);
    } else {
      expressions_->find(text, found_);
    }
    if (found_.empty()) return env.Undefined();
    auto numbers = Napi::Uint32Array::New(env, found_.size() * kMatchNumbers);
    std::uint32_t* out = numbers.Data();
    for (const auto& [expression, start, end] : found_) {
      *out++ = expression;
      *out++ = start;
      *out++ = end;
    }
    return numbers;
  }

  std::unique_ptr<rules::Expressions> expressions_;
  scan::MatchText match_;
  std::vector<rules::Match> found_;
};

}  // namespace

void exportExpressions(Napi::Env env, Napi::Object exports) { exports.Set("Expressions", Expressions::define(env)); }

}  // namespace feimu::addon
