#include "media/painter.h"

#include <algorithm>
#include <array>
#include <random>
#include <cmath>
#include <cstring>

namespace feimu {

Painter::Colour fromRgb(int red, int green, int blue) {
  const double y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const auto clip = [](double value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)); };
  return {clip(16 + y * 219 / 255), clip(128 + (blue - y) / 1.8556 * 224 / 255), clip(128 + (red - y) / 1.5748 * 224 / 255)};
}

Painter::Painter(std::uint32_t width, std::uint32_t height) : format_(formatOf(width, height)), memory_(format_.sizeBytes()) {
  std::memset(memory_.data(), 16, std::size_t{format_.stride} * format_.height);
  std::memset(memory_.data() + std::size_t{format_.stride} * format_.height, 128,
              std::size_t{format_.stride} * format_.height / 2);
}

void Painter::rectangle(int x, int y, int width, int height, Colour colour) {
  const int left = std::clamp(x & ~1, 0, this->width());
  const int right = std::clamp((x + width + 1) & ~1, 0, this->width());
  const int top = std::clamp(y & ~1, 0, this->height());
  const int bottom = std::clamp((y + height + 1) & ~1, 0, this->height());
  if (left >= right) return;
  const auto span = static_cast<std::size_t>(right - left);
  auto* luma = reinterpret_cast<std::uint8_t*>(memory_.data());
  std::uint8_t* chroma = luma + std::size_t{format_.stride} * format_.height;
  for (int row = top; row < bottom; row++) {
    std::memset(luma + static_cast<std::size_t>(row) * format_.stride + left, colour.y, span);
  }
  for (int row = top / 2; row < bottom / 2; row++) {
    std::uint8_t* line = chroma + static_cast<std::size_t>(row) * format_.stride + left;
    for (std::size_t i = 0; i < span; i += 2) {
      line[i] = colour.u;
      line[i + 1] = colour.v;
    }
  }
}

void Painter::disc(int x, int y, int radius, Colour colour) {
  for (int row = -radius; row < radius; row += 2) {
    const int half = static_cast<int>(std::sqrt(static_cast<double>(radius * radius - row * row)));
    rectangle(x - half, y + row, 2 * half, 2, colour);
  }
}

void paintTestPattern(Painter& painter, std::uint64_t frame) {
  static const std::array<Painter::Colour, 8> bars{fromRgb(191, 191, 191), fromRgb(191, 191, 0), fromRgb(0, 191, 191),
                                                   fromRgb(0, 191, 0),     fromRgb(191, 0, 191), fromRgb(191, 0, 0),
                                                   fromRgb(0, 0, 191),     fromRgb(16, 16, 16)};
  const int width = painter.width();
  const int height = painter.height();
  for (int i = 0; i < 8; i++) {
    painter.rectangle(i * width / 8, 0, width / 8 + 2, height, bars[static_cast<std::size_t>(i)]);
  }
  const int side = height / 6;
  const int range = width - side;
  const int at = static_cast<int>(frame * 6 % static_cast<std::uint64_t>(2 * range));
  painter.rectangle(at < range ? at : 2 * range - at, height / 2 - side / 2, side, side, fromRgb(255, 255, 255));
  for (int bit = 0; bit < 16; bit++) {
    const bool set = (frame >> (15 - bit) & 1) != 0;
    painter.rectangle(16 + bit * 20, height - 36, 18, 20, set ? fromRgb(255, 255, 255) : fromRgb(0, 0, 0));
  }
}

void paintPhone(Painter& painter, std::uint64_t frame) {
  const int width = painter.width();
  const int height = painter.height();
  const double time = static_cast<double>(frame) / 30;
  for (int band = 0; band < 24; band++) {
    const double shade = band / 24.0;
    painter.rectangle(0, band * height / 24, width, height / 24 + 2,
                      fromRgb(static_cast<int>(24 + 70 * shade), static_cast<int>(28 + 40 * shade), static_cast<int>(80 + 90 * shade)));
  }
  painter.disc(width * 4 / 5, height / 4, height / 9, fromRgb(255, 214, 120));
  // Three rows of hills, nearer ones faster.
  for (int layer = 0; layer < 3; layer++) {
    const int ground = height * (11 + layer * 2) / 18;
    const double speed = 40.0 * (layer + 1) * width / 1280;
    for (int x = 0; x < width; x += 8) {
      const double at = (x + time * speed) / width * 2 * (5 + layer);
      const int top = ground - static_cast<int>(height / 14.0 * (std::sin(at) + 0.5 * std::sin(2.3 * at + layer)));
      painter.rectangle(x, top, 8, height - top, fromRgb(30 - layer * 8, 90 - layer * 22, 84 - layer * 16));
    }
  }
  const int jump = static_cast<int>(std::abs(std::sin(time * 3.1)) * height / 5);
  painter.disc(width / 4, height * 13 / 18 - jump, height / 14, fromRgb(255, 96, 96));
  for (int coin = 0; coin < 5; coin++) {
    const int x = static_cast<int>(std::fmod(coin * 0.23 * width + 2 * width - std::fmod(time * 0.2 * width, 1.15 * width), 1.15 * width));
    painter.disc(x, height / 2 + (coin % 2) * height / 12, height / 36, fromRgb(255, 200, 40));
  }
  painter.rectangle(24, 24, width / 4, height / 30, fromRgb(20, 20, 30));
  painter.rectangle(24, 24, static_cast<int>(width / 4.0 * (0.5 + 0.5 * std::sin(time))), height / 30, fromRgb(90, 220, 120));
}

void paintNoise(Painter& painter, std::uint64_t frame, std::uint32_t blocks) {
  std::minstd_rand random(static_cast<std::uint32_t>(frame) + 1);
  for (std::uint32_t block = 0; block < blocks; block++) {
    const auto x = static_cast<int>(random() % static_cast<std::uint32_t>(painter.width()));
    const auto y = static_cast<int>(random() % static_cast<std::uint32_t>(painter.height()));
    painter.rectangle(x, y, 8, 8, {static_cast<std::uint8_t>(16 + random() % 220), 128, 128});
  }
}

}  // namespace feimu
