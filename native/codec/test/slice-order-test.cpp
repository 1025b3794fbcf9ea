#include "codec/slice-order.h"

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

#include "testing/check.h"

using namespace feimu;

namespace {

constexpr int slices = 4;
constexpr int blocksPerSlice = 10;

EncodedSlice sliceOf(int index) { return {.data = std::vector<std::uint8_t>(static_cast<std::size_t>(index) + 1)}; }

void take(SliceOrder& order, int index) {
  order.take(sliceOf(index), index * blocksPerSlice, (index + 1) * blocksPerSlice - 1);
}

void givesEachSliceOnceItsTurnHasCome() {
  SliceOrder order(slices * blocksPerSlice);
  std::array<int, slices> arrival{0, 1, 2, 3};
  do {
    std::vector<EncodedSlice> given;
    const H264Encoder::SliceSink sink = [&](EncodedSlice&& slice) { given.push_back(std::move(slice)); };
    order.begin(sink);
    std::array<bool, slices> here{};
    for (const int index : arrival) {
      CHECK(!order.whole());
      take(order, index);
      here[static_cast<std::size_t>(index)] = true;
      const auto ready = std::find(here.begin(), here.end(), false) - here.begin();
      CHECK(given.size() == static_cast<std::size_t>(ready));
    }
    CHECK(order.whole() && order.sizeBytes() == 1 + 2 + 3 + 4);
    for (std::size_t i = 0; i < slices; i++) {
      CHECK(given[i].data.size() == i + 1 && given[i].first == (i == 0) && given[i].last == (i == slices - 1));
    }
  } while (std::next_permutation(arrival.begin(), arrival.end()));
}

// What a picture that failed left behind must not come with the next one.
void forgetsAPictureThatWasNotFinished() {
  SliceOrder order(slices * blocksPerSlice);
  int given = 0;
  const H264Encoder::SliceSink sink = [&](EncodedSlice&&) { given++; };
  order.begin(sink);
  take(order, 0);
  take(order, 3);
  CHECK(given == 1 && !order.whole());
  order.begin(sink);
  for (int i = 0; i < 3; i++) take(order, i);
  CHECK(given == 4 && !order.whole());
}

void letsOneThreadAtATimeIntoTheSink() {
  SliceOrder order(slices * blocksPerSlice);
  for (int round = 0; round < 200; round++) {
    std::size_t given = 0;  // not atomic: TSan would see two at once
    const H264Encoder::SliceSink sink = [&](EncodedSlice&& slice) { CHECK(slice.data.size() == ++given); };
    order.begin(sink);
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < slices; i++) threads.emplace_back([&, i] { take(order, i); });
    }
    CHECK(order.whole() && given == slices);
  }
}

}  // namespace

int main() {
  givesEachSliceOnceItsTurnHasCome();
  forgetsAPictureThatWasNotFinished();
  letsOneThreadAtATimeIntoTheSink();
  return 0;
}
