#pragma once
#include <cstdint>

#include "stage/gl-texture.h"

namespace feimu::stage {

/// What of a frame was drawn anew.
struct Drawn {
  bool under = true;
  bool over = true;
};

/// Where the stage is shown: buffers, the beat of the vertical blank, and when a buffer was lit.
/// One thread, the one with the GL context, uses it.
class Display {
 public:
  virtual ~Display() = default;
  [[nodiscard]] virtual std::uint32_t width() const = 0;   // pixels
  [[nodiscard]] virtual std::uint32_t height() const = 0;  // pixels
  [[nodiscard]] virtual double refreshHz() const = 0;
  [[nodiscard]] virtual const char* backend() const = 0;
  /// The first vertical blank after `us`.
  [[nodiscard]] virtual std::int64_t nextTickUs(std::int64_t us) const = 0;
  /// The buffer to draw into. It holds an old picture.
  virtual const GlTarget& back() = 0;
  /// The buffer that is lit, or will be at the tick that flip() told.
  virtual const GlTarget& front() = 0;
  /// The buffer to draw comments into where they have a plane of their own over the picture, premultiplied; null where
  /// all is drawn into back().
  virtual const GlTarget* over() { return nullptr; }
  /// Shows what was `drawn`, and the GPU was done with at `doneUs`, at the next tick. Its buffers change places.
  virtual void flip(std::int64_t doneUs, const Drawn& drawn) = 0;
  /// When the front buffer was lit, or will be; waits for it where only the display knows.
  virtual std::int64_t lit() = 0;
  /// Shows the front buffer once more, so that a display that is gone is noticed. False: it is.
  virtual bool beat() { return true; }
};

}  // namespace feimu::stage
