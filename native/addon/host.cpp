// What Node cannot do by itself: datagrams to the service manager.
#include <napi.h>

#include "host/notify.h"

namespace {

/// notify(socketPath: string, state: string, descriptor?: number): number, 0 or errno.
Napi::Value notify(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsString()) {
    Napi::TypeError::New(env, "Expected two strings for socketPath and state").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string path = info[0].As<Napi::String>();
  const std::string state = info[1].As<Napi::String>();
  const int descriptor = info.Length() > 2 && info[2].IsNumber() ? info[2].As<Napi::Number>().Int32Value() : -1;
  return Napi::Number::New(env, feimu::notifyServiceManager(path, state, descriptor));
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("notify", Napi::Function::New(env, notify, "notify"));
  return exports;
}

}  // namespace

NODE_API_MODULE(host, initialise)
