#pragma once
// What a fuzz target gives to fuzz-driver.cpp. LLVMFuzzerTestOneInput is libFuzzer's, so that a target also builds with
// clang's -fsanitize=fuzzer.
#include <cstddef>
#include <cstdint>
#include <vector>

/// Looks at one input; what must not be fails a CHECK or a sanitizer.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Well-formed inputs to begin with.
std::vector<std::vector<std::uint8_t>> fuzzSeeds();
