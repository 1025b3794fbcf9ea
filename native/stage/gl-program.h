#pragma once
#include <GLES3/gl3.h>

#include <memory>

#include "stage/stage-error.h"

namespace feimu::stage {

/// A linked pair of shaders. The GL thread only.
class GlProgram {
 public:
  /// `#version 300 es`, the fragment's extensions and precisions are put in front. Null with STAGE_SHADER and the
  /// compiler's log.
  static std::unique_ptr<GlProgram> link(const char* vertex, const char* fragment, StageError& error,
                                         const char* extensions = "");
  ~GlProgram() { glDeleteProgram(id_); }
  GlProgram(const GlProgram&) = delete;
  GlProgram& operator=(const GlProgram&) = delete;
  void use() const { glUseProgram(id_); }
  [[nodiscard]] GLint uniform(const char* name) const { return glGetUniformLocation(id_, name); }

 private:
  explicit GlProgram(GLuint id) : id_(id) {}
  GLuint id_;
};

/// Corners of a triangle that covers the viewport, from gl_VertexID alone. `at` is 0..1 from the upper left:
/// all targets hold their top row first, as scan-out and files want it.
inline constexpr const char* fullScreenVertex = R"(
out vec2 at;
void main() {
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  at = corner;
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
})";

}  // namespace feimu::stage
