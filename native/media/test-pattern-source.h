#pragma once
#include <memory>

#include "media/source-switch.h"
#include "media/source.h"

namespace feimu {

struct TestPatternOptions {
  std::uint32_t width = 1280;
  std::uint32_t height = 720;
  std::uint32_t fps = 30;
};

/// A moving pattern from a thread of its own; draws only while it would be shown.
std::unique_ptr<Source> openTestPattern(int id, const TestPatternOptions& options, SourceSwitch& output);

}  // namespace feimu
