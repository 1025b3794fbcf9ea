#include "inflate/brotli.h"

#include <brotli/decode.h>

namespace feimu {

Inflated inflateBrotli(std::span<const std::uint8_t> input, std::span<std::uint8_t> output) {
  BrotliDecoderState* state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  if (!state) return {Inflated::Outcome::broken, 0};
  std::size_t inputLeft = input.size();
  const std::uint8_t* from = input.data();
  std::size_t outputLeft = output.size();
  std::uint8_t* to = output.data();
  const auto result = BrotliDecoderDecompressStream(state, &inputLeft, &from, &outputLeft, &to, nullptr);
  BrotliDecoderDestroyInstance(state);
  const std::size_t size = output.size() - outputLeft;
  switch (result) {
    case BROTLI_DECODER_RESULT_SUCCESS: return {Inflated::Outcome::whole, size};
    case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: return {Inflated::Outcome::tooLong, size};
    default: return {Inflated::Outcome::broken, size};
  }
}

}  // namespace feimu
