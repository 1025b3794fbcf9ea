#include "stage/picture-font.h"

#include <numeric>
#include <utility>

namespace feimu::stage {

namespace {

/// Glyphs have 24 bits in an atlas.
constexpr std::uint32_t generations = 0xFFFF;
/// Frames that say nothing else; what browsers do.
constexpr std::uint32_t usualDelayMs = 100;

}  // namespace

void PictureFont::set(std::uint32_t slot, Picture picture) {
  if (slot >= slots) return;
  for (std::uint32_t& delay : picture.delaysMs) {
    if (delay < 20) delay = usualDelayMs;
  }
  slots_[slot] = {(slots_[slot].generation + 1) % generations, std::move(picture)};
}

std::uint32_t PictureFont::glyphFor(std::uint32_t character) const {
  const std::uint32_t slot = character - firstCharacter;
  return slots_[slot].generation * slots + slot;
}

const Picture* PictureFont::find(std::uint32_t glyph) const {
  const Slot& slot = slots_[glyph % slots];
  return slot.generation == glyph / slots && slot.picture.width > 0 ? &slot.picture : nullptr;
}

float PictureFont::advancePx(std::uint32_t glyph, float sizePx) const {
  const Picture* picture = find(glyph);
  if (!picture) return 0;
  return sizePx * heightEm * static_cast<float>(picture->width) / static_cast<float>(picture->height);
}

std::uint32_t PictureFont::frameAt(const Picture& picture, std::int64_t us) {
  const auto frames = static_cast<std::uint32_t>(picture.delaysMs.size());
  const std::int64_t cycleMs = std::accumulate(picture.delaysMs.begin(), picture.delaysMs.end(), std::int64_t{0});
  if (frames < 2 || cycleMs == 0) return 0;
  std::int64_t ms = us / 1000 % cycleMs;
  for (std::uint32_t frame = 0; frame < frames; ++frame) {
    ms -= picture.delaysMs[frame];
    if (ms < 0) return frame;
  }
  return 0;
}

}  // namespace feimu::stage
