#include "stage/composed-output.h"

#include <cstring>

namespace feimu::stage {

namespace {

/// One fragment makes four bytes of the NV12 buffer. BT.709, 16..235 and 16..240.
constexpr const char* fragment = R"(
uniform sampler2D stage;
uniform ivec2 size;
out vec4 bytes;
vec3 at(int x, int y) { return texelFetch(stage, ivec2(min(x, size.x - 1), y), 0).rgb; }
float luma(vec3 c) { return dot(c, vec3(0.1826, 0.6142, 0.0620)) + 16.0 / 255.0; }
vec2 chroma(int x, int y) {
  vec3 c = (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) * 0.25;
  return vec2(dot(c, vec3(-0.1006, -0.3386, 0.4392)), dot(c, vec3(0.4392, -0.3989, -0.0403))) + 128.0 / 255.0;
}
void main() {
  int x = int(gl_FragCoord.x) * 4;
  int y = int(gl_FragCoord.y);
  if (y < size.y) {
    bytes = vec4(luma(at(x, y)), luma(at(x + 1, y)), luma(at(x + 2, y)), luma(at(x + 3, y)));
  } else {
    int row = (y - size.y) * 2;
    bytes = vec4(chroma(x, row), chroma(x + 2, row));
  }
})";

}  // namespace

std::unique_ptr<ComposedOutput> ComposedOutput::create(std::unique_ptr<FrameProducer> producer, std::uint32_t width,
                                                       std::uint32_t height, StageError& error) {
  auto made = std::make_unique<ComposedOutput>();
  made->program_ = GlProgram::link(fullScreenVertex, fragment, error);
  if (!made->program_) return nullptr;
  made->producer_ = std::move(producer);
  made->sizeAt_ = made->program_->uniform("size");
  made->format_ = {width, height, (width + 63) & ~63U};
  made->target_ = GlTarget(Texels::rgba8, made->format_.stride / 4, height * 3 / 2);
  glGenBuffers(1, &made->buffer_);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, made->buffer_);
  glBufferData(GL_PIXEL_PACK_BUFFER, static_cast<GLsizeiptr>(made->format_.sizeBytes()), nullptr, GL_STREAM_READ);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  return made;
}

ComposedOutput::~ComposedOutput() {
  if (fence_) glDeleteSync(fence_);
  glDeleteBuffers(1, &buffer_);
}

bool ComposedOutput::poll() {
  producer_->poll();
  const bool before = wanted_;
  wanted_ = producer_->wanted();
  return wanted_ && !before;
}

void ComposedOutput::capture(const GlTarget& shown, const FrameInfo& info) {
  target_.begin();
  program_->use();
  shown.texture().bind(0);
  glUniform2i(sizeAt_, static_cast<GLint>(format_.width), static_cast<GLint>(format_.height));
  glDisable(GL_BLEND);
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, static_cast<GLsizei>(format_.stride / 4), static_cast<GLsizei>(format_.height * 3 / 2), GL_RGBA,
               GL_UNSIGNED_BYTE, nullptr);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  if (fence_) glDeleteSync(fence_);
  fence_ = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
  glFlush();
  info_ = info;
}

void ComposedOutput::collect() {
  if (!fence_ || glClientWaitSync(fence_, 0, 0) == GL_TIMEOUT_EXPIRED) return;
  glDeleteSync(fence_);
  fence_ = nullptr;
  const auto to = producer_->acquire(format_);
  if (to.size() < format_.sizeBytes()) return;
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_);
  const void* bytes = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, static_cast<GLsizeiptr>(format_.sizeBytes()), GL_MAP_READ_BIT);
  if (bytes) {
    std::memcpy(to.data(), bytes, format_.sizeBytes());
    glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
    producer_->publish(info_);
  }
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
}

}  // namespace feimu::stage
