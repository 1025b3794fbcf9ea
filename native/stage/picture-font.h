#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace feimu::stage {

/// A small picture, maybe a moving one.
struct Picture {
  std::uint32_t width = 0, height = 0;   // of each frame
  std::vector<std::uint32_t> delaysMs;   // one a frame
  std::vector<std::uint8_t> rgba;        // the frames one after the other, premultiplied
};

/// Pictures that stand in a text for characters of a private plane: the glyphs of a font of its own. One thread.
class PictureFont {
 public:
  static constexpr std::uint32_t firstCharacter = 0xF0000;
  static constexpr std::uint32_t slots = 256;
  /// Of a line's size; as high as emoji.
  static constexpr float heightEm = 1.17F;
  static constexpr float ascentEm = 0.95F;

  static bool has(std::uint32_t character) { return character >= firstCharacter && character < firstCharacter + slots; }
  /// The slot's picture from now on. Texts that were shaped with the one before keep it.
  void set(std::uint32_t slot, Picture picture);
  /// Names the picture that a character stands for now.
  [[nodiscard]] std::uint32_t glyphFor(std::uint32_t character) const;
  /// Null when the slot holds another picture by now.
  [[nodiscard]] const Picture* find(std::uint32_t glyph) const;
  [[nodiscard]] float advancePx(std::uint32_t glyph, float sizePx) const;
  /// The frame that is due.
  static std::uint32_t frameAt(const Picture& picture, std::int64_t us);

 private:
  struct Slot {
    std::uint32_t generation = 0;
    Picture picture;
  };
  std::array<Slot, slots> slots_;
};

}  // namespace feimu::stage
