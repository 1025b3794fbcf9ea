#pragma once
#include <napi.h>

namespace feimu::addon {

/// Adds the class Scanner to the exports.
void exportScanner(Napi::Env env, Napi::Object exports);

}  // namespace feimu::addon
