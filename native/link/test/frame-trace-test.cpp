#include "link/sim/frame-trace.h"

#include <cmath>

#include "testing/check.h"

using namespace feimu;

namespace {

double meanBps(double targetBps) {
  double bits = 0;
  for (std::uint32_t frame = 0; frame < FrameTrace::frames(); frame++) bits += 8.0 * FrameTrace::bytes(frame, targetBps, false);
  return bits * FrameTrace::framesPerSecond / FrameTrace::frames();
}

void followsTheTargetOnAndBetweenItsRungs() {
  for (double target = 150e3; target <= 10e6; target *= 1.3) {
    const double use = meanBps(target) / target;
    CHECK(use > 0.88 && use < 1.0);
    for (std::uint32_t frame = 0; frame < FrameTrace::frames(); frame++) {
      const double share = FrameTrace::bytes(frame, target, false) * 8.0 * FrameTrace::framesPerSecond / target;
      CHECK(share < (target < 300e3 ? 2.6 : 1.4));
    }
  }
}

void keepsInProportionBeyondItsRungs() {
  CHECK(FrameTrace::bytes(7, 75e3, false) == FrameTrace::bytes(7, 150e3, false) / 2);
  CHECK(FrameTrace::bytes(7, 20e6, true) == FrameTrace::bytes(7, 10e6, true) * 2);
  CHECK(FrameTrace::bytes(7, 0, false) == 1);
}

void repeatsAndKnowsItsCuts() {
  CHECK(FrameTrace::frames() >= 60 * FrameTrace::framesPerSecond);
  CHECK(FrameTrace::bytes(11 + 3ULL * FrameTrace::frames(), 1e6, false) == FrameTrace::bytes(11, 1e6, false));
  CHECK(FrameTrace::cut(0) && !FrameTrace::cut(1) && FrameTrace::cut(FrameTrace::frames()));
}

}  // namespace

int main() {
  followsTheTargetOnAndBetweenItsRungs();
  keepsInProportionBeyondItsRungs();
  repeatsAndKnowsItsCuts();
  return 0;
}
