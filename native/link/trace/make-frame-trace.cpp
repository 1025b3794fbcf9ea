// Makes native/link/sim/frame-trace.inc: encodes the reel at each rung as H264Encoder does at a constant target, and
// again with an IDR at every eighth frame, in each of four phases, for what an IDR would take. Prints to stderr how
// much of its share of the rate a frame takes, and what the frames leave behind a pacer at that rate.
//   make-frame-trace > native/link/sim/frame-trace.inc
#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <vector>

#include "codec/h264-encoder.h"
#include "link/trace/scenes.h"

using namespace feimu;

namespace {

constexpr std::array<std::uint32_t, 7> rungsKbps{150, 300, 600, 1200, 2500, 5000, 10000};
constexpr std::uint32_t largeFromKbps = 2000;
constexpr std::uint32_t idrEvery = 2;
constexpr std::uint32_t idrPeriod = 8;
constexpr std::uint32_t phases = idrPeriod / idrEvery;

struct Rung {
  std::uint32_t kbps;
  std::vector<std::unique_ptr<H264Encoder>> encoders;  // the plain one, then the phases
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> idrSizes;
};

bool record(std::uint32_t width, std::uint32_t height, std::vector<Rung*> rungs) {
  Scenes scenes(width, height);
  for (Rung* rung : rungs) {
    for (std::uint32_t i = 0; i <= phases; i++) {
      rung->encoders.push_back(H264Encoder::open({.width = width, .height = height, .fps = Scenes::framesPerSecond, .kbps = rung->kbps}));
      if (!rung->encoders.back()) return false;
    }
  }
  for (std::uint32_t frame = 0; frame < Scenes::frames; frame++) {
    const PictureView picture = scenes.paint(frame);
    for (Rung* rung : rungs) {
      rung->sizes.push_back(rung->encoders[0]->encode(picture, false).size());
      for (std::uint32_t phase = 0; phase < phases; phase++) {
        const bool key = frame % idrPeriod == phase * idrEvery;
        const std::size_t bytes = rung->encoders[phase + 1]->encode(picture, key).size();
        if (key) rung->idrSizes.push_back(bytes);
      }
    }
  }
  for (Rung* rung : rungs) rung->encoders.clear();
  return true;
}

std::vector<double> sharesOf(const std::vector<std::size_t>& sizes, std::uint32_t kbps) {
  std::vector<double> shares;
  for (const std::size_t bytes : sizes) shares.push_back(static_cast<double>(bytes) * 8 * Scenes::framesPerSecond / (kbps * 1000.0));
  return shares;
}

void report(const char* name, std::vector<double> shares) {
  const double mean = std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size());
  std::sort(shares.begin(), shares.end());
  const auto percentile = [&](std::size_t percent) { return shares[(shares.size() - 1) * percent / 100]; };
  std::fprintf(stderr, "%s  mean %.3f  P5 %.2f  P50 %.2f  P95 %.2f  P99 %.2f  max %.2f\n", name, mean, percentile(5), percentile(50),
               percentile(95), percentile(99), shares.back());
}

double mostLeftMs(const std::vector<double>& shares) {
  double left = 0;
  double most = 0;
  for (const double share : shares) {
    left = std::max(0.0, left + share - 1);
    most = std::max(most, left);
  }
  return most * 1000 / Scenes::framesPerSecond;
}

template <typename Values>
void list(const Values& values) {
  int column = 0;
  for (const auto value : values) {
    column += std::printf("%u,", static_cast<unsigned>(value));
    if (column < 120) continue;
    std::printf("\n");
    column = 0;
  }
}

}  // namespace

int main() {
  std::vector<Rung> rungs;
  for (const std::uint32_t kbps : rungsKbps) rungs.push_back({kbps, {}, {}, {}});
  std::vector<Rung*> small;
  std::vector<Rung*> large;
  for (Rung& rung : rungs) (rung.kbps < largeFromKbps ? small : large).push_back(&rung);
  if (!record(640, 360, small) || !record(1280, 720, large)) return 1;

  std::vector<std::uint32_t> cuts;
  for (std::uint32_t frame = 0; frame < Scenes::frames; frame++) {
    if (Scenes::isCut(frame)) cuts.push_back(frame);
  }
  std::printf("// Made by make-frame-trace: bytes of each frame of the reel, a row a rung.\n");
  std::printf("constexpr std::array<std::uint32_t, %zu> rungsKbps{", rungs.size());
  list(rungsKbps);
  std::printf("};\nconstexpr std::uint32_t idrEvery = %u;\nconstexpr std::array<std::uint32_t, %zu> cuts{", idrEvery, cuts.size());
  list(cuts);
  std::printf("};\n");
  const auto table = [&](const char* name, std::vector<std::size_t> Rung::*sizes) {
    std::printf("constexpr std::array<std::array<std::uint16_t, %zu>, %zu> %s{{\n", (rungs[0].*sizes).size(), rungs.size(), name);
    for (const Rung& rung : rungs) {
      std::printf("{");
      list(rung.*sizes);
      std::printf("},\n");
    }
    std::printf("}};\n");
  };
  table("recorded", &Rung::sizes);
  table("recordedIdr", &Rung::idrSizes);
  for (const Rung& rung : rungs) {
    const auto shares = sharesOf(rung.sizes, rung.kbps);
    std::fprintf(stderr, "%u kbps, at most %.0f ms left behind\n", rung.kbps, mostLeftMs(shares));
    report("  frames", shares);
    report("  IDR   ", sharesOf(rung.idrSizes, rung.kbps));
  }
  return 0;
}
