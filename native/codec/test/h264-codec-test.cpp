#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>
#include <tuple>
#include <utility>
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

// Fine texture that moves and changes: it takes any rate.
class Motion {
 public:
  Motion() : memory_(format_.sizeBytes(), std::byte{128}) {}
  PictureView next() {
    shift_ += 3;
    for (std::uint32_t row = 0; row < format_.height; row++) {
      for (std::uint32_t column = 0; column < format_.width; column++) {
        const std::uint32_t x = (column + shift_) * (inverted ? 7 : 5);
        const auto grain = random_() % 24;
        memory_[std::size_t{row} * format_.stride + column] = std::byte(((x ^ (row * 3)) & 127U) + (inverted ? 90U : 20U) + grain);
      }
    }
    return {format_, memory_, false, true};
  }
  bool inverted = false;

 private:
  FrameFormat format_ = formatOf(320, 192);
  std::vector<std::byte> memory_;
  std::uint32_t shift_ = 0;
  std::mt19937 random_{5};
};

/// Types of the NAL units of an access unit, in order.
std::vector<int> unitsOf(const std::vector<std::uint8_t>& bytes) {
  std::vector<int> types;
  for (std::size_t i = 0; i + 3 < bytes.size(); i++) {
    if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) types.push_back(bytes[i + 3] & 31);
  }
  return types;
}

bool isIdr(const std::vector<std::uint8_t>& bytes) {
  const auto types = unitsOf(bytes);
  return std::find(types.begin(), types.end(), 5) != types.end();
}

// Share of its part of the rate that a frame takes.
double shareOf(std::size_t bytes, std::uint32_t kbps) { return static_cast<double>(bytes) * 8 * 30 / (kbps * 1000.0); }

/// x264's threads plan by what the others have taken so far: on one processor that does not hang on how busy the machine is.
void stayOnOneProcessor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  CHECK(::sched_setaffinity(0, sizeof one, &one) == 0);
}

void followsANewRateWithoutAnIdr(std::uint32_t slices, std::uint32_t threads) {
  Motion motion;
  auto encoder = H264Encoder::open({.width = 320, .height = 192, .fps = 30, .kbps = 2000, .slices = slices, .threads = threads});
  for (int i = 0; i < 20; i++) encoder->encode(motion.next(), false);
  for (const std::uint32_t kbps : {800U, 3000U, 700U, 4000U, 3900U, 1000U}) {
    encoder->setRate(kbps);
    for (int i = 0; i < 20; i++) {
      const auto bytes = encoder->encode(motion.next(), false);
      CHECK(!isIdr(bytes));
      CHECK(shareOf(bytes.size(), kbps) < 1.4);
      // Upwards, what the old VBV had left bounds the first frame.
      if (i > 1) CHECK(shareOf(bytes.size(), kbps) > 0.6);
    }
  }
  for (const std::uint32_t odd : {0U, 4000000000U}) {
    encoder->setRate(odd);
    encoder->capNext(odd);
    CHECK(!encoder->encode(motion.next(), false).empty());
  }
}

void capsTheFirstFrameAndAnyOther(std::uint32_t slices, std::uint32_t threads) {
  for (const std::uint32_t first : {6000U, 20000U}) {
    Motion motion;
    auto encoder = H264Encoder::open({.width = 320,
                                      .height = 192,
                                      .fps = 30,
                                      .kbps = 3000,
                                      .firstFrameBytes = first,
                                      .slices = slices,
                                      .threads = threads});
    const std::size_t size = encoder->encode(motion.next(), false).size();
    CHECK(size <= first && size > first / 2);
    for (int i = 0; i < 10; i++) CHECK(shareOf(encoder->encode(motion.next(), false).size(), 3000) < 1.4);
    encoder->capNext(7000);
    const auto refresh = encoder->encode(motion.next(), true);
    CHECK(isIdr(refresh) && refresh.size() <= 7000);
    encoder->encode(motion.next(), false);
    CHECK(encoder->encode(motion.next(), false).size() > 7000);
  }
}

void cutsAFrameIntoSlices() {
  for (const auto& [slices, threads] : {std::pair{1U, 1U}, {2U, 1U}, {4U, 1U}, {2U, 2U}, {4U, 2U}, {3U, 2U}, {4U, 8U}}) {
    Motion motion;
    auto decoder = H264Decoder::open();
    auto encoder = H264Encoder::open({.width = 320, .height = 192, .fps = 30, .kbps = 2000, .slices = slices, .threads = threads});
    for (int i = 0; i < 40; i++) {
      const bool key = i % 20 == 0;
      std::vector<std::uint8_t> bytes;
      std::uint32_t count = 0;
      const bool done = encoder->encode(motion.next(), key, [&](EncodedSlice&& slice) {
        const auto types = unitsOf(slice.data);
        const std::vector<int> wanted = !key ? std::vector{1} : count == 0 ? std::vector{7, 8, 5} : std::vector{5};
        CHECK(types == wanted && slice.key == key);
        CHECK(slice.first == (count == 0) && slice.last == (count + 1 == slices));
        bytes.insert(bytes.end(), slice.data.begin(), slice.data.end());
        count++;
      });
      CHECK(done && count == slices);
      CHECK(shareOf(bytes.size(), 2000) < 1.4);
      // Out of order, or with one missing, it would not be sound.
      CHECK(decoder->decode(bytes, [](const PictureView&) {}));
    }
  }
}

void answersASceneChangeWithAnIdrWhereAsked() {
  for (const bool asked : {false, true}) {
    Motion motion;
    auto encoder = H264Encoder::open({.width = 320, .height = 192, .fps = 30, .kbps = 2000, .idrOnSceneChange = asked});
    for (int i = 0; i < 60; i++) {
      if (i == 40) motion.inverted = true;
      const bool idr = i == 0 || (asked && i == 40);
      std::size_t size = 0;
      CHECK(encoder->encode(motion.next(), false, [&](EncodedSlice&& slice) {
        CHECK(slice.key == idr && isIdr(slice.data) == idr);
        size += slice.data.size();
      }));
      CHECK(shareOf(size, 2000) < 1.4);
    }
  }
}

void refusesWhatItCannotEncode() {
  const EncoderOptions good{.width = 320, .height = 192};
  CHECK(H264Encoder::open(good));
  for (const std::uint32_t side : {0U, 191U, 20'000U, 0x7fffffffU, 0xffffffffU}) {
    EncoderOptions wide = good, tall = good;
    wide.width = tall.height = side;
    CHECK(!H264Encoder::open(wide) && !H264Encoder::open(tall));
  }
  for (const auto part : {&EncoderOptions::fps, &EncoderOptions::kbps, &EncoderOptions::slices}) {
    EncoderOptions none = good;
    none.*part = 0;
    CHECK(!H264Encoder::open(none));
  }
}

/// A picture that no buffer can be made for.
void refusesWhatNoFrameHolds() {
  std::vector<std::byte> memory;
  const std::uint32_t side = FrameFormat::maxSide;
  for (const auto& [width, height, shown] : {std::tuple{side, 64U, true}, {side + 64, 64U, false}, {64U, side, true}, {64U, side + 64, false}}) {
    auto encoder = H264Encoder::open({.width = width, .height = height, .fps = 30, .kbps = 3'000});
    auto decoder = H264Decoder::open();
    CHECK(encoder && decoder);
    const auto bytes = encoder->encode(grey(memory, formatOf(width, height), 80), true);
    int pictures = 0;
    CHECK(!bytes.empty() && decoder->decode(bytes, [&](const PictureView&) { pictures++; }) == shown);
    CHECK(pictures == (shown ? 1 : 0));
  }
}

}  // namespace

int main() {
  stayOnOneProcessor();
  everyPictureComesAtOnce();
  damageNeverEndsIt();
  for (const auto& [slices, threads] : {std::pair{1U, 1U}, {4U, 1U}, {4U, 2U}}) {
    followsANewRateWithoutAnIdr(slices, threads);
    capsTheFirstFrameAndAnyOther(slices, threads);
  }
  refusesWhatItCannotEncode();
  refusesWhatNoFrameHolds();
  cutsAFrameIntoSlices();
  answersASceneChangeWithAnIdrWhereAsked();
  return 0;
}
