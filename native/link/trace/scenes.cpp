#include "link/trace/scenes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace feimu {

namespace {

enum class Kind { Game, FastGame, Still, Menu, List, Shots, Pan };

struct Scene {
  Kind kind;
  std::uint32_t seconds;
  int seed;
};

constexpr std::array reel{
    Scene{Kind::Game, 8, 1},  Scene{Kind::Still, 3, 2}, Scene{Kind::List, 4, 3},     Scene{Kind::FastGame, 9, 4},
    Scene{Kind::Menu, 5, 5},  Scene{Kind::Game, 10, 6}, Scene{Kind::Shots, 4, 7},    Scene{Kind::List, 5, 8},
    Scene{Kind::Pan, 5, 9},   Scene{Kind::Still, 4, 10}, Scene{Kind::FastGame, 9, 11},
};
constexpr std::uint32_t shotFrames = 20;

std::uint32_t hash(std::uint32_t value) {
  value ^= value >> 16;
  value *= 0x7feb352dU;
  value ^= value >> 15;
  value *= 0x846ca68bU;
  return value ^ value >> 16;
}

std::uint8_t clip(int value, int top) { return static_cast<std::uint8_t>(std::clamp(value, 16, top)); }

struct Place {
  Scene scene;
  std::uint32_t at;  // frames from the scene's first
};

Place placeOf(std::uint32_t frame) {
  std::uint32_t first = 0;
  for (const Scene& scene : reel) {
    const std::uint32_t length = scene.seconds * Scenes::framesPerSecond;
    if (frame < first + length) return {scene, frame - first};
    first += length;
  }
  return {reel[0], 0};
}

/// Thumb scrolling: a flick each 1.5 s that slows down to nothing. Pixels.
double scrolled(std::uint32_t at) {
  const double seconds = at / 30.0;
  const double flick = std::floor(seconds / 1.5);
  return 420 * (flick + 1 - std::exp(-4 * (seconds - flick * 1.5)));
}

}  // namespace

Scenes::Scenes(std::uint32_t width, std::uint32_t height)
    : format_(formatOf(width, height)), unit_(static_cast<int>(width / 640)),
      painter_(width, height), picture_(format_.sizeBytes()) {
  makeTexture();
  makeGlyphs();
}

bool Scenes::isCut(std::uint32_t frame) {
  const Place place = placeOf(frame % frames);
  return place.at == 0 || (place.scene.kind == Kind::Shots && place.at % shotFrames == 0);
}

// Octaves of smoothed noise, each half as strong as the one below: the spectrum of photographs.
void Scenes::makeTexture() {
  std::vector<double> sum(std::size_t{textureSide} * textureSide);
  double strength = 42;
  for (int cell = 256; cell >= 2; cell /= 2, strength *= 0.62) {
    const int across = textureSide / cell;
    const auto node = [&](int x, int y) {
      const auto key = static_cast<std::uint32_t>((y % across) * across + x % across);
      return static_cast<int>(hash(key * 31U + static_cast<std::uint32_t>(cell)) & 255U) / 127.5 - 1;
    };
    for (int y = 0; y < textureSide; y++) {
      for (int x = 0; x < textureSide; x++) {
        const double u = static_cast<double>(x % cell) / cell;
        const double v = static_cast<double>(y % cell) / cell;
        const double top = node(x / cell, y / cell) * (1 - u) + node(x / cell + 1, y / cell) * u;
        const double low = node(x / cell, y / cell + 1) * (1 - u) + node(x / cell + 1, y / cell + 1) * u;
        sum[static_cast<std::size_t>(y) * textureSide + static_cast<std::size_t>(x)] += strength * (top * (1 - v) + low * v);
      }
    }
  }
  texture_.resize(sum.size());
  std::transform(sum.begin(), sum.end(), texture_.begin(),
                 [](double value) { return static_cast<std::int8_t>(std::clamp(value, -120.0, 120.0)); });
}

// Strokes across and down, as dense as Chinese characters are.
void Scenes::makeGlyphs() {
  glyphs_.assign(std::size_t{glyphs} * glyphSide * glyphSide, 0);
  for (std::uint32_t index = 0; index < glyphs; index++) {
    std::uint8_t* cell = glyphs_.data() + std::size_t{index} * glyphSide * glyphSide;
    for (std::uint32_t stroke = 0; stroke < 7; stroke++) {
      const std::uint32_t dice = hash(index * 64 + stroke);
      const int from = 1 + static_cast<int>(dice % 6);
      const int to = 9 + static_cast<int>(dice / 8 % 6);
      const int line = 1 + static_cast<int>(dice / 64 % 13);
      for (int i = from; i < to; i++) (stroke % 2 == 0 ? cell[line * glyphSide + i] : cell[i * glyphSide + line]) = 2;
    }
    for (int y = 1; y < glyphSide - 1; y++) {
      for (int x = 1; x < glyphSide - 1; x++) {
        std::uint8_t& here = cell[y * glyphSide + x];
        if (here == 0 && (cell[y * glyphSide + x - 1] == 2 || cell[(y - 1) * glyphSide + x] == 2)) here = 1;
      }
    }
  }
}

int Scenes::texel(double x, double y) const {
  const double left = std::floor(x);
  const double top = std::floor(y);
  const auto at = [&](int column, int row) {
    return static_cast<int>(texture_[static_cast<std::size_t>(row & (textureSide - 1)) * textureSide +
                                     static_cast<std::size_t>(column & (textureSide - 1))]);
  };
  const int column = static_cast<int>(left);
  const int row = static_cast<int>(top);
  const int u = static_cast<int>((x - left) * 16);
  const int v = static_cast<int>((y - top) * 16);
  const int upper = at(column, row) * (16 - u) + at(column + 1, row) * u;
  const int lower = at(column, row + 1) * (16 - u) + at(column + 1, row + 1) * u;
  return (upper * (16 - v) + lower * v) / 256;
}

void Scenes::photo(double x, double y, double zoom, int seed) {
  const double originX = x + seed * 211;
  const double originY = y + seed * 97;
  std::uint8_t* chroma = picture_.data() + std::size_t{format_.stride} * format_.height;
  for (std::uint32_t row = 0; row < format_.height; row++) {
    std::uint8_t* line = picture_.data() + std::size_t{row} * format_.stride;
    for (std::uint32_t column = 0; column < format_.width; column++) {
      line[column] = clip(118 + texel(originX + column * zoom, originY + row * zoom), 235);
    }
  }
  for (std::uint32_t row = 0; row < format_.height / 2; row++) {
    std::uint8_t* line = chroma + std::size_t{row} * format_.stride;
    for (std::uint32_t column = 0; column < format_.width; column += 2) {
      const int tint = texel(originY + column * zoom, originX + row * 2 * zoom);
      line[column] = clip(128 + tint / 4 + seed % 5 * 6 - 12, 240);
      line[column + 1] = clip(128 - tint / 5 + seed % 3 * 8 - 8, 240);
    }
  }
}

// The painter's game, with ground that has texture: each band moves at its own speed, and the camera shakes.
void Scenes::game(std::uint32_t at, int seed, double speed) {
  paintPhone(painter_, at + static_cast<std::uint32_t>(seed) * 500U);
  const auto flat = painter_.view().data;
  std::memcpy(picture_.data(), flat.data(), flat.size());
  const double shake = speed > 2 ? 3 * unit_ * std::sin(at * 1.9) : 0;
  for (std::uint32_t row = 0; row < format_.height; row++) {
    const std::uint32_t band = row * 5 / format_.height;
    const double x = at * speed * unit_ * (0.37 + 0.61 * band) + seed * 211;
    std::uint8_t* line = picture_.data() + std::size_t{row} * format_.stride;
    const int strength = band == 0 ? 1 : 3;
    for (std::uint32_t column = 0; column < format_.width; column++) {
      line[column] = clip(line[column] + texel(x + column, row + shake + seed * 97) * strength / 4, 235);
    }
  }
  // Sparks: short-lived, so that nothing before predicts them.
  for (std::uint32_t spark = 0; spark < 40 * static_cast<std::uint32_t>(speed); spark++) {
    const std::uint32_t dice = hash(spark * 7919U + at / 3);
    const std::uint32_t x = dice % (format_.width - 4);
    const std::uint32_t y = dice / 1024 % (format_.height - 4);
    for (std::uint32_t row = 0; row < 3; row++) std::memset(picture_.data() + std::size_t{y + row} * format_.stride + x, 225, 3);
  }
}

void Scenes::menu(int seed) {
  photo(0, 0, 0.5, seed);
  std::uint8_t* chroma = picture_.data() + std::size_t{format_.stride} * format_.height;
  for (std::uint32_t card = 0; card < 6; card++) {
    const int x = (40 + static_cast<int>(card % 3) * 196) * unit_;
    const int y = (50 + static_cast<int>(card / 3) * 150) * unit_;
    for (int row = y; row < y + 124 * unit_; row++) {
      const auto width = static_cast<std::size_t>(168 * unit_);
      std::memset(picture_.data() + static_cast<std::size_t>(row) * format_.stride + x, 205, width);
      std::memset(chroma + static_cast<std::size_t>(row / 2) * format_.stride + x, 128, width);
    }
    for (int i = 0; i < 8; i++) glyph(static_cast<int>(card) * 8 + i, x + (12 + i * 18) * unit_, y + 90 * unit_, 40);
  }
}

void Scenes::list(double offset) {
  std::memset(picture_.data(), 230, std::size_t{format_.stride} * format_.height);
  std::memset(picture_.data() + std::size_t{format_.stride} * format_.height, 128, std::size_t{format_.stride} * format_.height / 2);
  const int rowHeight = 72 * unit_;
  const int top = static_cast<int>(offset * unit_);
  const int height = static_cast<int>(format_.height);
  for (int item = top / rowHeight; item * rowHeight < top + height; item++) {
    const int y = item * rowHeight - top;
    for (int row = std::max(0, y + 6 * unit_); row < std::min(height, y + 66 * unit_); row++) {
      for (int column = 16 * unit_; column < 100 * unit_; column++) {
        picture_[static_cast<std::size_t>(row) * format_.stride + static_cast<std::size_t>(column)] =
            clip(118 + texel(column * 1.7 + item * 131, (row - y) * 1.7), 235);
      }
    }
    for (int i = 0; i < 42; i++) {
      const auto dice = hash(static_cast<std::uint32_t>(item * 64 + i));
      if (i < 14 + static_cast<int>(hash(static_cast<std::uint32_t>(item)) % 28)) {
        glyph(static_cast<int>(dice % glyphs), (116 + i % 28 * 18) * unit_, y + (12 + i / 28 * 24) * unit_, 30);
      }
    }
  }
}

void Scenes::grain(std::uint32_t frame, int amplitude) {
  for (std::uint32_t row = 0; row < format_.height; row++) {
    std::uint8_t* line = picture_.data() + std::size_t{row} * format_.stride;
    for (std::uint32_t column = 0; column < format_.width; column += 4) {
      std::uint32_t dice = hash(frame * 1000003U + row * 1024 + column);
      for (std::uint32_t i = 0; i < 4; i++, dice >>= 8) {
        line[column + i] = clip(line[column + i] + static_cast<int>(dice & 255U) * (2 * amplitude + 1) / 256 - amplitude, 235);
      }
    }
  }
}

void Scenes::glyph(int index, int x, int y, int luma) {
  const std::uint8_t* cell = glyphs_.data() + static_cast<std::size_t>(index % glyphs) * glyphSide * glyphSide;
  for (int row = 0; row < glyphSide * unit_; row++) {
    for (int column = 0; column < glyphSide * unit_; column++) {
      const std::uint8_t kind = cell[row / unit_ * glyphSide + column / unit_];
      const int atX = x + column;
      const int atY = y + row;
      if (kind == 0 || atX < 0 || atY < 0 || atX >= static_cast<int>(format_.width) || atY >= static_cast<int>(format_.height)) continue;
      picture_[static_cast<std::size_t>(atY) * format_.stride + static_cast<std::size_t>(atX)] =
          static_cast<std::uint8_t>(kind == 2 ? luma : 16);
    }
  }
}

// Eight lanes over the upper half, each comment at the speed of its length.
void Scenes::comments(std::uint32_t frame) {
  for (std::uint32_t lane = 0; lane < 8; lane++) {
    const std::uint32_t period = 150 + hash(lane) % 90;
    const std::uint32_t clock = frame + 5000 + hash(lane + 50) % period;
    const std::uint32_t turn = clock / period;
    const int letters = 5 + static_cast<int>(hash(turn * 8 + lane) % 12);
    const double speed = (static_cast<double>(format_.width) + letters * 18 * unit_) / period;
    const int x = static_cast<int>(static_cast<double>(format_.width) - (clock % period) * speed);
    for (int i = 0; i < letters; i++) {
      glyph(static_cast<int>(hash(turn * 512 + lane * 64 + static_cast<std::uint32_t>(i)) % glyphs), x + i * 18 * unit_,
            (8 + static_cast<int>(lane) * 22) * unit_, 235);
    }
  }
}

PictureView Scenes::paint(std::uint32_t frame) {
  const auto [scene, at] = placeOf(frame % frames);
  switch (scene.kind) {
    case Kind::Game: game(at, scene.seed, 1.7); break;
    case Kind::FastGame: game(at, scene.seed, 4.3); break;
    case Kind::Still: photo(0, 0, 0.8, scene.seed); break;
    case Kind::Menu: menu(scene.seed); break;
    case Kind::List: list(scrolled(at)); break;
    case Kind::Shots: photo(at * 0.7 * unit_, at * 0.3 * unit_, 0.7, scene.seed + static_cast<int>(at / shotFrames)); break;
    case Kind::Pan:
      photo(at * 1.3 * unit_, at * 0.4 * unit_, 0.6, scene.seed);
      grain(frame, 3);
      break;
  }
  comments(frame % frames);
  return {format_, std::as_bytes(std::span(picture_)), false, true};
}

}  // namespace feimu
