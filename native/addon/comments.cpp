// What JavaScript does too slowly for thousands of comments a second.
#include <napi.h>

#include "expressions.h"
#include "grader.h"
#include "inflate/brotli.h"
#include "scanner.h"
#include "text-reader.h"

namespace {

/// inflateBrotli(input: Buffer, output: Buffer): bytes written, -1 broken, -2 output too small.
Napi::Value inflateBrotli(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsBuffer() || !info[1].IsBuffer()) {
    Napi::TypeError::New(env, "Expected Buffers for input and output").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto input = info[0].As<Napi::Buffer<std::uint8_t>>();
  const auto output = info[1].As<Napi::Buffer<std::uint8_t>>();
  const auto [outcome, size] = feimu::inflateBrotli({input.Data(), input.Length()}, {output.Data(), output.Length()});
  switch (outcome) {
    case feimu::Inflated::Outcome::whole: return Napi::Number::New(env, static_cast<double>(size));
    case feimu::Inflated::Outcome::broken: return Napi::Number::New(env, -1);
    case feimu::Inflated::Outcome::tooLong: break;
  }
  return Napi::Number::New(env, -2);
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new feimu::addon::TextReader);
  exports.Set("inflateBrotli", Napi::Function::New(env, inflateBrotli, "inflateBrotli"));
  feimu::addon::exportGrader(env, exports);
  feimu::addon::exportExpressions(env, exports);
  feimu::addon::exportScanner(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(comments, initialise)
