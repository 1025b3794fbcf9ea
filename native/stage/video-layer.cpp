#include "stage/video-layer.h"

#include <GLES2/gl2ext.h>

#include <array>
#include <cmath>

namespace feimu::stage {

namespace {

constexpr const char* fragment = R"(
uniform sampler2D luma;
uniform sampler2D chroma;
uniform vec2 scale;    // of the luma, and what is added to it then
uniform vec4 weights;  // red from V, green from U and V, blue from U
in vec2 at;
out vec4 colour;
void main() {
  float y = texture(luma, at).r * scale.x + scale.y;
  vec2 c = texture(chroma, at).rg - 128.0 / 255.0;
  // Five products: a 3×3 matrix has nine, and software renderers multiply by its zeros too.
  colour = vec4(y + weights.x * c.y, y + weights.y * c.x + weights.z * c.y, y + weights.w * c.x, 1.0);
})";

/// What the driver makes RGB by itself.
constexpr const char* externalFragment = R"(
uniform samplerExternalOES picture;
in vec2 at;
out vec4 colour;
void main() { colour = vec4(texture(picture, at).rgb, 1.0); })";

/// One texel a pixel needs no filter, and software renderers pay for it.
GLint filterFor(const FrameFormat& format, std::uint32_t stageWidth, std::uint32_t stageHeight) {
  const Rect rect = letterbox(format.width, format.height, stageWidth, stageHeight);
  const bool same = rect.width == static_cast<std::int32_t>(format.width) &&
                    rect.height == static_cast<std::int32_t>(format.height);
  return same ? GL_NEAREST : GL_LINEAR;
}

/// From ITU-R BT.601 (Kr 0.299, Kb 0.114) or BT.709 (Kr 0.2126, Kb 0.0722).
std::array<float, 4> weightsOf(bool bt709, bool fullRange) {
  const float kr = bt709 ? 0.2126F : 0.299F;
  const float kb = bt709 ? 0.0722F : 0.114F;
  const float kg = 1 - kr - kb;
  const float c = fullRange ? 1 : 255.0F / 224;
  const float cr = 2 * (1 - kr) * c;
  const float cb = 2 * (1 - kb) * c;
  return {cr, -cb * kb / kg, -cr * kr / kg, cb};
}

}  // namespace

Rect letterbox(std::uint32_t pictureWidth, std::uint32_t pictureHeight, std::uint32_t stageWidth,
               std::uint32_t stageHeight) {
  if (pictureWidth == 0 || pictureHeight == 0) return {0, 0, 0, 0};
  const std::uint64_t fitted = std::uint64_t{stageHeight} * pictureWidth / pictureHeight;
  std::uint32_t width = stageWidth;
  std::uint32_t height = stageHeight;
  if (fitted < stageWidth) {
    width = static_cast<std::uint32_t>(fitted) & ~1U;
  } else {
    height = static_cast<std::uint32_t>(std::uint64_t{stageWidth} * pictureHeight / pictureWidth) & ~1U;
  }
  return {static_cast<std::int32_t>((stageWidth - width) / 2), static_cast<std::int32_t>((stageHeight - height) / 2),
          static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
}

std::unique_ptr<VideoLayer> VideoLayer::create(StageError& error, EGLDisplay egl) {
  auto layer = std::make_unique<VideoLayer>();
  layer->program_ = GlProgram::link(fullScreenVertex, fragment, error);
  if (!layer->program_) return nullptr;
  layer->program_->use();
  glUniform1i(layer->program_->uniform("luma"), 0);
  glUniform1i(layer->program_->uniform("chroma"), 1);
  layer->scaleAt_ = layer->program_->uniform("scale");
  layer->weightsAt_ = layer->program_->uniform("weights");
  if (egl != EGL_NO_DISPLAY) layer->importer_ = PictureImporter::create(egl);
  if (layer->importer_) {
    layer->external_ = GlProgram::link(fullScreenVertex, externalFragment, error,
                                       "#extension GL_OES_EGL_image_external_essl3 : require\n");
    if (!layer->external_) return nullptr;
  }
  return layer;
}

bool VideoLayer::import(const BorrowedFrame& frame, std::uint32_t stageWidth, std::uint32_t stageHeight) {
  imported_ = importer_ ? importer_->texture(frame, filterFor(frame.format, stageWidth, stageHeight)) : 0;
  if (imported_ == 0) return false;
  format_ = frame.format;
  info_ = frame.info;
  hasPicture_ = true;
  return true;
}

void VideoLayer::upload(const BorrowedFrame& frame, std::uint32_t stageWidth, std::uint32_t stageHeight) {
  const FrameFormat& format = frame.format;
  if (!frame.data || format.width < 2 || format.height < 2 || format.stride < format.width) return;
  if (!(format == copied_)) {
    const GLint filter = filterFor(format, stageWidth, stageHeight);
    luma_ = GlTexture(Texels::r8, format.width, format.height, filter);
    chroma_ = GlTexture(Texels::rg8, format.width / 2, format.height / 2, filter);
    copied_ = format;
  }
  format_ = format;
  imported_ = 0;
  luma_.write(0, 0, format.width, format.height, frame.data, format.stride);
  chroma_.write(0, 0, format.width / 2, format.height / 2, frame.data + std::size_t{format.stride} * format.height,
                format.stride / 2);
  info_ = frame.info;
  hasPicture_ = true;
}

bool VideoLayer::draw(std::uint32_t stageWidth, std::uint32_t stageHeight) const {
  if (!hasPicture_) return false;
  const Rect rect = letterbox(format_.width, format_.height, stageWidth, stageHeight);
  const bool bars = rect.width != static_cast<std::int32_t>(stageWidth) ||
                    rect.height != static_cast<std::int32_t>(stageHeight);
  if (bars) {
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
  }
  glViewport(rect.x, rect.y, rect.width, rect.height);
  glDisable(GL_BLEND);
  if (imported_ != 0) {
    external_->use();
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_EXTERNAL_OES, imported_);
  } else {
    drawCopied();
  }
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glViewport(0, 0, static_cast<GLsizei>(stageWidth), static_cast<GLsizei>(stageHeight));
  return true;
}

void VideoLayer::drawCopied() const {
  program_->use();
  const auto weights = weightsOf(info_.bt709 != 0, info_.fullRange != 0);
  const float range = info_.fullRange != 0 ? 1 : 255.0F / 219;
  glUniform2f(scaleAt_, range, info_.fullRange != 0 ? 0 : -16.0F / 255 * range);
  glUniform4fv(weightsAt_, 1, weights.data());
  luma_.bind(0);
  chroma_.bind(1);
}

}  // namespace feimu::stage
