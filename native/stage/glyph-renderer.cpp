#include "stage/glyph-renderer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace feimu::stage {

namespace {

constexpr const char* vertex = R"(
layout(location = 0) in vec2 corner;
layout(location = 1) in vec4 box;
layout(location = 2) in vec4 tint;
uniform vec2 stage;
uniform float page;
out vec2 texel;
flat out vec4 colour;
void main() {
  vec2 unit = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  texel = (box.xy + unit * box.zw) / page;
  colour = tint;
  gl_Position = vec4((corner + unit * box.zw) / stage * 2.0 - 1.0, 0.0, 1.0);
})";

/// Fill and the outline around it (what the fill covers is taken off when a glyph is rasterised).
constexpr const char* outlinedFragment = R"(
uniform sampler2D glyphs;
uniform vec2 weights;  // opacity of fill and outline
in vec2 texel;
flat in vec4 colour;
out vec4 pixel;
void main() {
  vec2 cover = texture(glyphs, texel).rg * weights;
  pixel = vec4(colour.rgb * cover.x + colour.a * cover.y, cover.x + cover.y);
})";

/// Emoji: premultiplied already.
constexpr const char* colouredFragment = R"(
uniform sampler2D glyphs;
uniform vec2 weights;
in vec2 texel;
flat in vec4 colour;
out vec4 pixel;
void main() {
  pixel = texture(glyphs, texel) * weights.x;
})";

}  // namespace

bool layOut(const ShapedText& text, float sizePx, std::uint32_t colour, GlyphAtlas& atlas, std::uint32_t& budget,
            TextLine& line) {
  const auto red = static_cast<std::uint8_t>(colour >> 16);
  const auto green = static_cast<std::uint8_t>(colour >> 8);
  const auto blue = static_cast<std::uint8_t>(colour);
  const bool dark = red * 299 + green * 587 + blue * 114 < 64'000;
  const float margin = GlyphAtlas::outlinePx(sizePx) + 1;
  line = {};
  line.heightPx = std::ceil(sizePx * 1.3F);
  line.widthPx = std::ceil(text.widthPx + 2 * margin);
  const float baseline = std::round(sizePx * 1.04F);
  for (const ShapedGlyph& glyph : text.glyphs) {
    const auto found = atlas.find(glyph.font, glyph.glyph, sizePx, budget);
    if (!found) return false;
    if (found->width == 0) continue;
    line.pieces.push_back({found->page,
                           {margin + std::round(glyph.x) + std::round(found->left),
                            baseline + std::round(glyph.y) + std::round(found->top), found->u, found->v, found->width,
                            found->height, {red, green, blue, static_cast<std::uint8_t>(dark ? 255 : 0)}}});
    if (std::ranges::find(line.pages, found->page) == line.pages.end()) line.pages.push_back(found->page);
  }
  // A page began to drain while this line was laid out: its first glyphs may be gone at the next.
  for (const auto page : line.pages) {
    if (atlas.pages()[page]->draining) return false;
  }
  return true;
}

bool GlyphRenderer::Shader::link(const char* fragment, StageError& error) {
  program = GlProgram::link(vertex, fragment, error);
  if (!program) return false;
  stageAt = program->uniform("stage");
  pageAt = program->uniform("page");
  weightsAt = program->uniform("weights");
  return true;
}

std::unique_ptr<GlyphRenderer> GlyphRenderer::create(StageError& error) {
  auto made = std::make_unique<GlyphRenderer>();
  if (!made->outlined_.link(outlinedFragment, error) || !made->coloured_.link(colouredFragment, error)) return nullptr;
  glGenVertexArrays(1, &made->array_);
  glGenBuffers(1, &made->buffer_);
  glBindVertexArray(made->array_);
  glBindBuffer(GL_ARRAY_BUFFER, made->buffer_);
  const auto at = [](std::size_t offset) { return reinterpret_cast<const void*>(offset); };
  glVertexAttribPointer(0, 2, GL_FLOAT, GL_FALSE, sizeof(GlyphQuad), at(offsetof(GlyphQuad, x)));
  glVertexAttribPointer(1, 4, GL_UNSIGNED_SHORT, GL_FALSE, sizeof(GlyphQuad), at(offsetof(GlyphQuad, u)));
  glVertexAttribPointer(2, 4, GL_UNSIGNED_BYTE, GL_TRUE, sizeof(GlyphQuad), at(offsetof(GlyphQuad, colour)));
  for (GLuint i = 0; i < 3; ++i) {
    glEnableVertexAttribArray(i);
    glVertexAttribDivisor(i, 1);
  }
  glBindVertexArray(0);
  return made;
}

GlyphRenderer::~GlyphRenderer() {
  glDeleteVertexArrays(1, &array_);
  glDeleteBuffers(1, &buffer_);
}

void GlyphRenderer::begin() {
  for (auto& quads : quads_) quads.clear();
}

void GlyphRenderer::add(const TextLine& line, float x, float y, float clipWidth) {
  for (const auto& [page, piece] : line.pieces) {
    GlyphQuad quad = piece;
    quad.x += x;
    quad.y += y;
    if (quad.x + static_cast<float>(quad.width) <= 0 || quad.x >= clipWidth) continue;
    quads_[page].push_back(quad);
  }
}

void GlyphRenderer::draw(const GlyphAtlas& atlas, std::uint32_t stageWidth, std::uint32_t stageHeight, float opacity,
                         float outlineOpacity) {
  glBindVertexArray(array_);
  glBindBuffer(GL_ARRAY_BUFFER, buffer_);
  glEnable(GL_BLEND);
  glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  for (std::size_t i = 0; i < atlas.pages().size(); ++i) {
    const auto& quads = quads_[i];
    if (quads.empty()) continue;
    const auto& page = *atlas.pages()[i];
    const Shader& shader = page.colour ? coloured_ : outlined_;
    shader.program->use();
    glUniform2f(shader.stageAt, static_cast<float>(stageWidth), static_cast<float>(stageHeight));
    glUniform1f(shader.pageAt, static_cast<float>(page.texture.width()));
    glUniform2f(shader.weightsAt, opacity, opacity * outlineOpacity);
    page.texture.bind(0);
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(quads.size() * sizeof(GlyphQuad)), quads.data(), GL_STREAM_DRAW);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, static_cast<GLsizei>(quads.size()));
  }
  glDisable(GL_BLEND);
  glBindVertexArray(0);
}

}  // namespace feimu::stage
