#pragma once
#include <napi.h>

namespace feimu::addon {

/// Adds the class Grader to the exports.
void exportGrader(Napi::Env env, Napi::Object exports);

}  // namespace feimu::addon
