// How far ahead the stage aims.
#include "stage/compose-times.h"
#include "testing/check.h"

using feimu::stage::ComposeTimes;

int main() {
  ComposeTimes times;
  for (int i = 0; i < 120; i++) times.add(5'000);
  CHECK(times.needUs() == 5'000 && times.p95Us() == 5'000);
  for (int i = 0; i < 2; i++) times.add(30'000);
  CHECK(times.needUs() == 5'000);
  times.add(30'000);
  CHECK(times.needUs() == 30'000);
  // A driver that compiles a shader for seconds.
  ComposeTimes fresh;
  fresh.add(4'000'000);
  CHECK(fresh.needUs() == ComposeTimes::mostUs && fresh.p95Us() == 4'000'000);
}
