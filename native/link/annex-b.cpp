#include "link/annex-b.h"

namespace feimu {

namespace {
/// Where 0 0 1 begins, or `end`.
const std::uint8_t* findStartCode(const std::uint8_t* at, const std::uint8_t* end) {
  while (end - at >= 3) {
    // Most bytes are above 1: no start code touches them.
    if (at[2] > 1) {
      at += 3;
    } else if (at[2] == 0) {
      at++;
    } else if (at[0] == 0 && at[1] == 0) {
      return at;
    } else {
      at += 3;
    }
  }
  return end;
}
}  // namespace

std::span<const std::uint8_t> takeNal(std::span<const std::uint8_t>& stream) {
  const std::uint8_t* const end = stream.data() + stream.size();
  const std::uint8_t* from = findStartCode(stream.data(), end);
  while (from != end) {
    from += 3;
    const std::uint8_t* const next = findStartCode(from, end);
    const std::uint8_t* last = next;
    // The zero before a four-byte start code, and trailing zeros, belong to no NAL unit.
    while (last != from && last[-1] == 0) --last;
    stream = {next, end};
    if (last != from) return {from, last};
    from = next;
  }
  stream = {};
  return {};
}

}  // namespace feimu
