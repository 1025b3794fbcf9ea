#pragma once
#include <memory>

#include "frames/frame-channel.h"
#include "stage/gl-program.h"
#include "stage/gl-texture.h"

namespace feimu::stage {

/// The composed stage as NV12 frames (BT.709, limited range) for viewers, made by the GPU after the flip and read
/// back a frame later, so that the flip never waits. The GL thread only.
class ComposedOutput {
 public:
  static std::unique_ptr<ComposedOutput> create(std::unique_ptr<FrameProducer> producer, std::uint32_t width,
                                                std::uint32_t height, StageError& error);
  ~ComposedOutput();
  /// Begins the conversion of a shown buffer. The newest wins.
  void capture(const GlTarget& shown, const FrameInfo& info);
  /// Publishes a conversion that the GPU has finished. Never blocks.
  void collect();
  /// Accepts viewers. True when one came since the last call: it needs a frame although nothing changes.
  bool poll();
  [[nodiscard]] bool wanted() const { return wanted_; }

 private:
  std::unique_ptr<FrameProducer> producer_;
  std::unique_ptr<GlProgram> program_;
  GLint sizeAt_ = -1;
  FrameFormat format_;
  GlTarget target_;
  GLuint buffer_ = 0;
  GLsync fence_ = nullptr;
  FrameInfo info_;
  bool wanted_ = false;
};

}  // namespace feimu::stage
