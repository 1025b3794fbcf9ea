#pragma once
// What all addons need between JavaScript's values and C++'s: argument errors of one shape, reading options.
#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace feimu::addon {

/// Throws "Expected … for …" in JavaScript; the caller returns at once.
inline void expected(Napi::Env env, const std::string& what, const std::string& name) {
  Napi::TypeError::New(env, "Expected " + what + " for " + name).ThrowAsJavaScriptException();
}

/// Throws an error with a `code` of the catalogue.
inline void fail(Napi::Env env, const std::string& code, const std::string& message) {
  auto error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  error.ThrowAsJavaScriptException();
}

inline std::string text(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
}

inline double number(const Napi::Object& object, const char* name, double fallback) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}

/// `fallback` also for what no uint32 can hold.
inline std::uint32_t count(const Napi::Object& object, const char* name, std::uint32_t fallback) {
  const double value = number(object, name, fallback);
  return value >= 0 && value < 4294967296.0 ? static_cast<std::uint32_t>(value) : fallback;
}

inline bool boolean(const Napi::Object& object, const char* name, bool fallback) {
  const Napi::Value value = object.Get(name);
  return value.IsBoolean() ? value.As<Napi::Boolean>().Value() : fallback;
}

inline void set(Napi::Object& object, const char* name, double value) {
  object.Set(name, Napi::Number::New(object.Env(), value));
}

/// Calls `function` on JavaScript's thread with `use(env, value)`. False when it cannot be any more. Any thread.
template <typename Value, typename Use>
bool deliver(const Napi::ThreadSafeFunction& function, Value&& value, Use use) {
  using Held = std::decay_t<Value>;
  auto* held = new Held(std::forward<Value>(value));
  const auto call = [use](Napi::Env env, Napi::Function callback, Held* taken) {
    const std::unique_ptr<Held> owned(taken);
    if (env == nullptr) return;  // teardown
    callback.Call({use(env, *owned)});
    // Node swallows what a callback throws here.
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  };
  if (function.NonBlockingCall(held, call) == napi_ok) return true;
  delete held;
  return false;
}

}  // namespace feimu::addon
