#pragma once
#include <napi.h>

namespace feimu::addon {

/// Adds the class Expressions to the exports.
void exportExpressions(Napi::Env env, Napi::Object exports);

}  // namespace feimu::addon
