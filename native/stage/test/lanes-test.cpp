#include <vector>

#include "stage/lane-allocator.h"
#include "testing/check.h"

using namespace feimu::stage;

namespace {

constexpr double width = 1280;
constexpr std::int64_t crossing = 8'000'000;

Flight flight(Mode mode, std::int64_t t0Us, float widthPx) {
  Flight made;
  made.mode = mode;
  made.t0Us = t0Us;
  made.endUs = t0Us + crossing;
  made.widthPx = widthPx;
  made.heightPx = 40;
  if (mode == Mode::scroll || mode == Mode::reverse) made.pixelsPerUs = (width + widthPx) / crossing;
  return made;
}

/// As fast as what has no width.
void slowed(Flight& flight) {
  flight.pixelsPerUs = width / crossing;
  flight.endUs = flight.t0Us + static_cast<std::int64_t>((width + flight.widthPx) / flight.pixelsPerUs);
}

/// The closed form against the boxes themselves, moment by moment.
void gapTestAgreesWithTheBoxes() {
  for (const Mode mode : {Mode::scroll, Mode::reverse}) {
    for (float first = 20; first < 2000; first += 190) {
      for (float second = 20; second < 2000; second += 170) {
        for (std::int64_t dt = 0; dt < crossing; dt += 97'000) {
          const Flight a = flight(mode, 0, first);
          Flight b = flight(mode, dt, second);
          if (dt % 2 != 0) slowed(b);
          bool apart = true;
          for (std::int64_t t = dt; t < crossing; t += 20'000) {
            const double left = a.leftPx(t, width);
            const double other = b.leftPx(t, width);
            if (left + first > other + 0.01 && other + second > left + 0.01) apart = false;
          }
          if (LaneAllocator::apart(a, b, width)) CHECK(apart);
          // What is as slow as that only waits for the other to have entered.
          if (dt % 2 != 0) CHECK(LaneAllocator::apart(a, b, width) == (a.pixelsPerUs * static_cast<double>(dt) >= first));
        }
      }
    }
  }
}

void lanesFillFromTheirEdge() {
  const LaneAllocator::Area area{width, 720, 0.5, 40};
  std::vector<Flight> placed;
  const auto place = [&](Flight next) -> std::optional<float> {
    std::vector<const Flight*> flights;
    for (const Flight& one : placed) flights.push_back(&one);
    const auto top = LaneAllocator::find(flights, next, area);
    if (top) {
      next.topPx = *top;
      placed.push_back(next);
    }
    return top;
  };
  CHECK(place(flight(Mode::scroll, 0, 300)) == 0);
  CHECK(place(flight(Mode::scroll, 0, 300)) == 40);
  CHECK(place(flight(Mode::top, 0, 300)) == 0);
  CHECK(place(flight(Mode::bottom, 0, 300)) == 680);
  CHECK(place(flight(Mode::bottom, 0, 300)) == 640);
  for (int i = 2; i < 9; i++) CHECK(place(flight(Mode::scroll, 0, 300)) == static_cast<float>(i * 40));
  CHECK(!place(flight(Mode::scroll, 0, 300)));                // half the height is full
  CHECK(place(flight(Mode::scroll, crossing / 2, 300)) == 0); // and free again later
}

}  // namespace

int main() {
  gapTestAgreesWithTheBoxes();
  lanesFillFromTheirEdge();
}
