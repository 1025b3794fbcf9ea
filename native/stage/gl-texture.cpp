#include "stage/gl-texture.h"

namespace feimu::stage {

namespace {

struct Format {
  GLenum sized;
  GLenum base;
};

Format formatOf(Texels texels) {
  switch (texels) {
    case Texels::r8: return {GL_R8, GL_RED};
    case Texels::rg8: return {GL_RG8, GL_RG};
    case Texels::rgba8: break;
  }
  return {GL_RGBA8, GL_RGBA};
}

}  // namespace

GlTexture::GlTexture(Texels texels, std::uint32_t width, std::uint32_t height, GLint filter)
    : texels_(texels), width_(width), height_(height) {
  glGenTextures(1, &id_);
  bind(0);
  glTexStorage2D(GL_TEXTURE_2D, 1, formatOf(texels).sized, static_cast<GLsizei>(width),
                 static_cast<GLsizei>(height));
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  setFilter(filter);
}

void GlTexture::setFilter(GLint filter) {
  bind(0);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, filter);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, filter);
}

void GlTexture::write(std::uint32_t x, std::uint32_t y, std::uint32_t width, std::uint32_t height,
                      const void* data, std::uint32_t strideTexels) {
  bind(0);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glPixelStorei(GL_UNPACK_ROW_LENGTH, static_cast<GLint>(strideTexels));
  glTexSubImage2D(GL_TEXTURE_2D, 0, static_cast<GLint>(x), static_cast<GLint>(y), static_cast<GLsizei>(width),
                  static_cast<GLsizei>(height), formatOf(texels_).base, GL_UNSIGNED_BYTE, data);
}

GlTarget::GlTarget(Texels texels, std::uint32_t width, std::uint32_t height, GLint filter)
    : GlTarget(GlTexture(texels, width, height, filter)) {}

GlTarget::GlTarget(GlTexture texture) : texture_(std::move(texture)) {
  glGenFramebuffers(1, &framebuffer_);
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture_.id(), 0);
}

}  // namespace feimu::stage
