#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "codec/picture.h"

namespace feimu {

/// Brings pictures to another size (swscale, bilinear). One thread.
class Scaler {
 public:
  Scaler();
  ~Scaler();
  /// Valid until the next call; empty when swscale refuses.
  std::optional<PictureView> scale(const PictureView& picture, const FrameFormat& wanted);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::vector<std::byte> data_;
};

}  // namespace feimu
