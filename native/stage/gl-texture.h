#pragma once
#include <GLES3/gl3.h>

#include <cstdint>
#include <utility>

namespace feimu::stage {

enum class Texels { r8, rg8, rgba8 };

/// An immutable-size 2D texture, clamped to its edge. The GL thread only. Empty when default-constructed.
class GlTexture {
 public:
  GlTexture() = default;
  GlTexture(Texels texels, std::uint32_t width, std::uint32_t height, GLint filter);
  /// A texture whose texels are somebody else's: `attach` names them while it is bound.
  template <typename Attach>
  static GlTexture borrow(std::uint32_t width, std::uint32_t height, const Attach& attach) {
    GlTexture made;
    glGenTextures(1, &made.id_);
    made.width_ = width;
    made.height_ = height;
    made.bind(0);
    attach();
    made.setFilter(GL_NEAREST);
    return made;
  }
  ~GlTexture() { glDeleteTextures(1, &id_); }
  GlTexture(GlTexture&& other) noexcept { swap(other); }
  GlTexture& operator=(GlTexture&& other) noexcept {
    swap(other);
    return *this;
  }
  /// Writes a rectangle; `strideTexels` is the distance between rows of `data`.
  void write(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height, const void* data,
             std::uint32_t strideTexels);
  void bind(GLuint unit) const {
    glActiveTexture(GL_TEXTURE0 + unit);
    glBindTexture(GL_TEXTURE_2D, id_);
  }
  void setFilter(GLint filter);
  [[nodiscard]] GLuint id() const { return id_; }
  [[nodiscard]] std::uint32_t width() const { return width_; }
  [[nodiscard]] std::uint32_t height() const { return height_; }

 private:
  void swap(GlTexture& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(texels_, other.texels_);
    std::swap(width_, other.width_);
    std::swap(height_, other.height_);
  }
  GLuint id_ = 0;
  Texels texels_ = Texels::rgba8;
  std::uint32_t width_ = 0;
  std::uint32_t height_ = 0;
};

/// A texture that can be drawn into. The GL thread only.
class GlTarget {
 public:
  GlTarget() = default;
  GlTarget(Texels texels, std::uint32_t width, std::uint32_t height, GLint filter = GL_NEAREST);
  explicit GlTarget(GlTexture texture);
  ~GlTarget() { glDeleteFramebuffers(1, &framebuffer_); }
  GlTarget(GlTarget&& other) noexcept
      : texture_(std::move(other.texture_)), framebuffer_(std::exchange(other.framebuffer_, 0)) {}
  GlTarget& operator=(GlTarget&& other) noexcept {
    texture_ = std::move(other.texture_);
    std::swap(framebuffer_, other.framebuffer_);
    return *this;
  }
  /// Makes it the target of drawing, the whole of it the viewport.
  void begin() const {
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glViewport(0, 0, static_cast<GLsizei>(texture_.width()), static_cast<GLsizei>(texture_.height()));
  }
  [[nodiscard]] const GlTexture& texture() const { return texture_; }
  [[nodiscard]] GLuint framebuffer() const { return framebuffer_; }

 private:
  GlTexture texture_;
  GLuint framebuffer_ = 0;
};

}  // namespace feimu::stage
