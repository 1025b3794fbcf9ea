#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "codec/h264-decoder.h"
#include "codec/h264-encoder.h"
#include "testing/check.h"

using namespace feimu;

namespace {

PictureView grey(std::vector<std::byte>& memory, const FrameFormat& format, int luma) {
  memory.assign(format.sizeBytes(), std::byte{128});
  std::memset(memory.data(), luma, std::size_t{format.stride} * format.height);
  return {format, memory, false, true};
}

void everyPictureComesAtOnce() {
  const FrameFormat format = formatOf(320, 180);
  auto encoder = H264Encoder::open({.width = 320, .height = 180, .fps = 30, .kbps = 500});
  auto decoder = H264Decoder::open();
  CHECK(encoder && decoder);
  std::vector<std::byte> memory;
  for (int i = 0; i < 30; i++) {
    const int luma = 40 + i * 5;
    const auto bytes = encoder->encode(grey(memory, format, luma), i == 15);
    CHECK(!bytes.empty());
    int seen = -1;
    CHECK(decoder->decode(bytes, [&](const PictureView& picture) {
      CHECK(picture.format == format && picture.bt709 && !picture.fullRange);
      seen = static_cast<int>(picture.data[std::size_t{90} * format.stride + 160]);
    }));
    CHECK(std::abs(seen - luma) < 12);
    // A forced key frame brings its parameter sets: a receiver can begin here.
    if (i == 15) CHECK((bytes[4] & 0x1f) == 7);
  }
}

void damageNeverEndsIt() {
  std::mt19937 random(3);
  auto decoder = H264Decoder::open();
  std::vector<std::byte> memory;
  for (int round = 0; round < 40; round++) {
    // The size changes too, as when a phone is turned.
    const std::uint32_t width = round % 2 == 0 ? 192 : 108;
    const std::uint32_t height = round % 2 == 0 ? 108 : 192;
    auto encoder = H264Encoder::open({.width = width, .height = height, .fps = 30, .kbps = 300});
    for (int i = 0; i < 4; i++) {
      auto bytes = encoder->encode(grey(memory, formatOf(width, height), 60 + i), false);
      if (i > 0) bytes[5 + random() % (bytes.size() - 5)] ^= static_cast<std::uint8_t>(1 + random() % 255);
      decoder->decode(bytes, [&](const PictureView& picture) { CHECK(picture.data.size() >= picture.format.sizeBytes()); });
    }
  }
  std::vector<std::uint8_t> noise(3000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  decoder->decode(noise, [](const PictureView&) {});
}

}  // namespace

int main() {
  everyPictureComesAtOnce();
  damageNeverEndsIt();
  return 0;
}
