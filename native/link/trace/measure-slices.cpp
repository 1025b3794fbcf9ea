// How soon H264Encoder gives the first and the last slice of a picture, by slices and threads, and what slices cost:
// luma PSNR at the same rate, beside that of one slice at 5 and 10 % less of it, and packets of 1,200 bytes a picture.
// Every picture of a stretch of the reel goes through all encoders before the next one, in turns.
//   measure-slices [FRAMES]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "codec/h264-decoder.h"
#include "codec/h264-encoder.h"
#include "link/clock.h"
#include "link/trace/scenes.h"

using namespace feimu;

namespace {

struct Case {
  std::uint32_t slices, threads;
  double rate;
  std::unique_ptr<H264Encoder> encoder;
  std::unique_ptr<H264Decoder> decoder;
  std::vector<double> firstMs, lastMs, psnr;
  double bytes = 0, packets = 0;
};

double at(std::vector<double> values, std::size_t percent) {
  std::sort(values.begin(), values.end());
  return values.empty() ? NAN : values[(values.size() - 1) * percent / 100];
}

double lumaPsnr(const PictureView& a, const PictureView& b) {
  std::uint64_t sum = 0;
  for (std::uint32_t y = 0; y < a.format.height; y++) {
    const std::byte* left = &a.data[std::size_t{y} * a.format.stride];
    const std::byte* right = &b.data[std::size_t{y} * b.format.stride];
    for (std::uint32_t x = 0; x < a.format.width; x++) {
      const int difference = std::to_integer<int>(left[x]) - std::to_integer<int>(right[x]);
      sum += static_cast<std::uint64_t>(difference * difference);
    }
  }
  const double mean = static_cast<double>(sum) / a.format.width / a.format.height;
  return mean > 0 ? 10 * std::log10(255 * 255 / mean) : 99;
}

void encode(Case& c, const PictureView& picture) {
  std::vector<std::uint8_t> whole;
  const std::int64_t beginUs = nowUs();
  std::int64_t firstUs = 0, lastUs = 0;
  c.encoder->encode(picture, false, [&](EncodedSlice&& slice) {
    if (slice.first) firstUs = nowUs();
    if (slice.last) lastUs = nowUs();
    c.packets += std::ceil(static_cast<double>(slice.data.size()) / 1200);
    whole.insert(whole.end(), slice.data.begin(), slice.data.end());
  });
  c.firstMs.push_back(static_cast<double>(firstUs - beginUs) / 1000);
  c.lastMs.push_back(static_cast<double>(lastUs - beginUs) / 1000);
  c.bytes += static_cast<double>(whole.size());
  c.decoder->decode(whole, [&](const PictureView& decoded) { c.psnr.push_back(lumaPsnr(picture, decoded)); });
}

bool measure(std::uint32_t width, std::uint32_t height, std::uint32_t kbps, std::uint32_t frames) {
  std::vector<Case> cases;
  for (const double rate : {0.9, 0.95}) cases.push_back({1, 1, rate, {}, {}, {}, {}, {}});
  for (const std::uint32_t threads : {1U, 2U}) {
    for (const std::uint32_t slices : {1U, 2U, 4U}) {
      if (slices >= threads) cases.push_back({slices, threads, 1, {}, {}, {}, {}, {}});
    }
  }
  for (Case& c : cases) {
    c.encoder = H264Encoder::open({.width = width,
                                   .height = height,
                                   .fps = Scenes::framesPerSecond,
                                   .kbps = static_cast<std::uint32_t>(kbps * c.rate),
                                   .slices = c.slices,
                                   .threads = c.threads});
    c.decoder = H264Decoder::open();
    if (!c.encoder || !c.decoder) return false;
  }
  Scenes scenes(width, height);
  for (std::uint32_t frame = 0; frame < frames; frame++) {
    const PictureView picture = scenes.paint(frame);
    for (std::size_t i = 0; i < cases.size(); i++) encode(cases[(i + frame) % cases.size()], picture);
  }
  for (const Case& c : cases) {
    double psnr = 0;
    for (const double value : c.psnr) psnr += value / static_cast<double>(c.psnr.size());
    std::printf("%ux%u %5.0f kbps  slices %u threads %u  first P50 %5.2f P95 %5.2f ms  last P50 %5.2f P95 %5.2f ms  used %.3f  PSNR %.2f dB  packets %.1f\n",
                width, height, kbps * c.rate, c.slices, c.threads, at(c.firstMs, 50), at(c.firstMs, 95), at(c.lastMs, 50), at(c.lastMs, 95),
                c.bytes * 8 * Scenes::framesPerSecond / frames / (kbps * 1000.0), psnr, c.packets / frames);
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint32_t frames = count > 1 ? static_cast<std::uint32_t>(std::atoi(arguments[1])) : 300;
  return measure(640, 360, 1500, frames) && measure(1280, 720, 4000, frames) ? 0 : 1;
}
