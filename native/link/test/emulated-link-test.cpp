#include "link/sim/emulated-link.h"

#include <algorithm>
#include <cmath>

#include "testing/check.h"

using namespace feimu;

namespace {

LinkSteps parse(std::string_view text) {
  std::string error;
  const auto steps = parseLinkSteps(text, error);
  CHECK(steps);
  return *steps;
}

void readsSteps() {
  const LinkSteps steps = parse("# drop and back\n0,10000,10,0,300,0\n5,3000,10,2,300,packets=10,burst=0.5/8,ecn=5 back:0,500,20,1,100,3\n");
  CHECK(steps.forward.size() == 2 && steps.back.size() == 1);
  CHECK(steps.forward[1].atS == 5 && steps.forward[1].kbps == 3000 && steps.forward[1].lossPct == 2);
  CHECK(steps.forward[1].queuePackets == 10 && steps.forward[1].burstPct == 0.5 && steps.forward[1].burstPackets == 8);
  CHECK(steps.forward[1].ecnMs == 5 && steps.forward[1].jitterMs == 0);
  CHECK(steps.back[0].kbps == 500 && steps.back[0].jitterMs == 3);
  const LinkSteps free = parse("0,1000,50,1,300,7");
  CHECK(free.back.size() == 1 && free.back[0].kbps == 0 && free.back[0].delayMs == 50 && free.back[0].jitterMs == 7);
  CHECK(free.back[0].lossPct == 0);
  for (const char* wrong : {"", "# none", "0,1000,50,1", "0,1000,50,101,300", "0,-1,5,0,300", "0,1,1,1,1,1,1", "x,1,1,1,1",
                            "5,1,1,1,1 4,1,1,1,1", "0,1,1,1,1,burst=5", "0,1,1,1,1,packets=1.5", "0,1,1,1,ecn=5", "0", "0,1,1,1,1,nan=3",
                            "0,nan,1,1,1", "0,inf,1,1,1", "0,1,1,1,1,", "0,1,1,ecn=1,1"}) {
    std::string error;
    CHECK(!parseLinkSteps(wrong, error));
    CHECK(!error.empty());
  }
}

void changesWhatIsNamed() {
  LinkStep step{.kbps = 1000, .delayMs = 20, .queueMs = 300};
  std::string error;
  CHECK(changeLinkStep(" kbps 500  burst 1/4\n", step, error));
  CHECK(step.kbps == 500 && step.delayMs == 20 && step.burstPct == 1 && step.burstPackets == 4);
  for (const char* wrong : {"kbps", "kbps -3", "speed 3", "delayMs 5 lossPct 101", "5"}) CHECK(!changeLinkStep(wrong, step, error));
  CHECK(step.delayMs == 20 && !error.empty());
  CHECK(changeLinkStep("", step, error));
}

void delaysByRateAndDistance() {
  EmulatedLink link({{.kbps = 8000, .delayMs = 10, .queueMs = 300}}, 1, 1'000'000);
  CHECK(link.offer(1'000'000, 1000)->deliverUs == 1'011'000);
  CHECK(link.queueDelayUs(1'000'000) == 1000);
  CHECK(link.offer(1'000'000, 1000)->deliverUs == 1'012'000);
  CHECK(link.offer(1'000'500, 500)->deliverUs == 1'012'500);
  CHECK(link.queueDelayUs(1'100'000) == 0);
  CHECK(link.offer(1'100'000, 1000)->deliverUs == 1'111'000);
}

void dropsWhatWouldWaitTooLong() {
  EmulatedLink link({{.kbps = 8000, .queueMs = 5}}, 1);
  int taken = 0;
  for (int i = 0; i < 20; i++) taken += link.offer(0, 1000).has_value();
  CHECK(taken == 6);
  CHECK(link.stats().dropped == 14);
  EmulatedLink shallow({{.kbps = 8000, .queueMs = 1000, .queuePackets = 10}}, 1);
  taken = 0;
  for (int i = 0; i < 20; i++) taken += shallow.offer(0, 1000).has_value();
  CHECK(taken == 10);
  CHECK(shallow.offer(1000, 1000));
  CHECK(!shallow.offer(1000, 1000));
}

void keepsOrderUnderJitter() {
  EmulatedLink link({{.kbps = 100'000, .delayMs = 20, .queueMs = 300, .jitterMs = 20}}, 7);
  std::int64_t last = 0;
  std::int64_t most = 0;
  for (std::int64_t now = 0; now < 2'000'000; now += 500) {
    const auto delivery = link.offer(now, 1200);
    CHECK(delivery && delivery->deliverUs >= last && delivery->deliverUs >= now + 20'000);
    last = delivery->deliverUs;
    most = std::max(most, last - now);
  }
  CHECK(most > 38'000 && most <= 40'200);
}

void losesWhatItShould() {
  EmulatedLink single({{.lossPct = 2}}, 3);
  for (int i = 0; i < 100'000; i++) single.offer(i, 1200);
  CHECK(std::abs(static_cast<double>(single.stats().lost) - 2000) < 150);

  // Bursts of a mean length of 8 that begin at 0.5 % of the packets which are not in one.
  EmulatedLink bursts({{.burstPct = 0.5, .burstPackets = 8}}, 3);
  int begun = 0;
  bool before = true;
  for (int i = 0; i < 200'000; i++) {
    const bool arrived = bursts.offer(i, 1200).has_value();
    begun += before && !arrived;
    before = arrived;
  }
  const double length = static_cast<double>(bursts.stats().lost) / begun;
  CHECK(length > 7 && length < 9);
  CHECK(std::abs(begun - 960) < 100);

  EmulatedLink dead({{.lossPct = 100}}, 1);
  CHECK(!dead.offer(0, 100));
}

void marksWhatCanBeMarked() {
  EmulatedLink link({{.kbps = 8000, .queueMs = 300, .ecnMs = 2}}, 1);
  CHECK(!link.offer(0, 1000, 1)->congested);
  CHECK(!link.offer(0, 1000, 1)->congested);
  CHECK(!link.offer(0, 1000, 2)->congested);
  CHECK(link.offer(0, 1000, 2)->congested);
  CHECK(link.offer(0, 1000, 1)->congested);
  CHECK(!link.offer(0, 1000, 0)->congested);
  CHECK(link.stats().marked == 2);
  CHECK(link.offer(100'000, 1000, 3)->congested);  // marked before
  CHECK(link.stats().marked == 2);
}

void changesInSteps() {
  EmulatedLink link({{.atS = 0, .kbps = 8000, .delayMs = 10, .queueMs = 300}, {.atS = 1, .kbps = 800, .delayMs = 1, .queueMs = 300}}, 1);
  CHECK(link.step(999'999).kbps == 8000);
  CHECK(link.offer(999'999, 1000)->deliverUs == 1'010'999);
  CHECK(link.step(1'000'000).kbps == 800);
  CHECK(link.offer(1'000'000, 1000)->deliverUs == 1'011'999);
  CHECK(link.offer(1'000'000, 1000)->deliverUs == 1'021'999);
  link.set({.kbps = 80'000, .queueMs = 300});
  CHECK(link.step(9'000'000).kbps == 80'000);
  CHECK(link.offer(9'000'000, 1000)->deliverUs == 9'000'100);
}

void repeatsWithItsSeed() {
  const LinkStep step{.kbps = 5000, .delayMs = 5, .lossPct = 10, .queueMs = 20, .jitterMs = 9};
  EmulatedLink one({step}, 42), two({step}, 42), other({step}, 43);
  bool differs = false;
  for (int i = 0; i < 1000; i++) {
    const auto a = one.offer(i * 700, 1200);
    const auto b = two.offer(i * 700, 1200);
    const auto c = other.offer(i * 700, 1200);
    CHECK(a.has_value() == b.has_value() && (!a || a->deliverUs == b->deliverUs));
    differs = differs || a.has_value() != c.has_value();
  }
  CHECK(differs);
}

}  // namespace

int main() {
  readsSteps();
  changesWhatIsNamed();
  delaysByRateAndDistance();
  dropsWhatWouldWaitTooLong();
  keepsOrderUnderJitter();
  losesWhatItShould();
  marksWhatCanBeMarked();
  changesInSteps();
  repeatsWithItsSeed();
}
