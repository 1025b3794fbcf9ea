#include "stage/idle-screen.h"

#include <algorithm>
#include <cmath>

namespace feimu::stage {

namespace {

constexpr const char* backgroundFragment = R"(
in vec2 at;
out vec4 colour;
void main() {
  // A night sky with a glow behind the code; the noise hides the steps of eight bits.
  float glow = exp(-3.5 * length((at - vec2(0.80, 0.5)) * vec2(1.2, 0.9)));
  float low = exp(-4.0 * length(at - vec2(0.1, 1.1)));
  float noise = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) / 255.0;
  vec3 base = mix(vec3(0.043, 0.051, 0.094), vec3(0.063, 0.075, 0.133), at.y);
  colour = vec4(base + glow * vec3(0.05, 0.13, 0.20) + low * vec3(0.13, 0.05, 0.17) + noise, 1.0);
})";

/// "12345678" is read and typed more surely as "1234 5678".
std::string grouped(const std::string& pin) {
  return pin.size() == 8 ? pin.substr(0, 4) + " " + pin.substr(4) : pin;
}

constexpr std::uint32_t accent = 0x4FD1FF;
constexpr std::uint32_t bright = 0xF4F7FB;
constexpr std::uint32_t quiet = 0x9FB0C6;

}  // namespace

IdleScreen::IdleScreen(FontStack& fonts, std::uint32_t width, std::uint32_t height)
    : fonts_(fonts), width_(width), height_(height), picture_(Texels::rgba8, width, height) {}

std::unique_ptr<IdleScreen> IdleScreen::create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                               StageError& error) {
  std::unique_ptr<IdleScreen> made(new IdleScreen(fonts, width, height));
  made->background_ = GlProgram::link(fullScreenVertex, backgroundFragment, error);
  made->panels_ = PanelRenderer::create(width, height, error);
  made->glyphs_ = GlyphRenderer::create(error);
  return made->background_ && made->panels_ && made->glyphs_ ? std::move(made) : nullptr;
}

float IdleScreen::text(GlyphAtlas& atlas, const std::string& words, float sizePx, std::uint32_t colour, float x,
                       float y, float maxWidth) {
  ShapedText shaped = fonts_.shape(words, sizePx, maxWidth);
  std::uint32_t budget = FontStack::charactersPerLine * 8;
  TextLine line;
  // The second try follows a page that became full half-way.
  if (layOut(shaped, sizePx, colour, atlas, budget, line) || layOut(shaped, sizePx, colour, atlas, budget, line)) {
    for (const auto page : line.pages) atlas.hold(page);
    glyphs_->add(line, x, y, static_cast<float>(width_));
  }
  return y + line.heightPx;
}

void IdleScreen::render() {
  const float w = static_cast<float>(width_);
  const float h = static_cast<float>(height_);
  picture_.begin();
  glDisable(GL_BLEND);
  background_->use();
  glDrawArrays(GL_TRIANGLES, 0, 3);

  const float margin = std::round(std::min(w, h) * 0.09F);
  float left = margin;
  float textWidth = w - 2 * margin;
  if (content_.code.size > 0) {
    // Whole pixels a module.
    const float side = std::min(h * 0.52F, w * 0.36F);
    const auto modules = static_cast<float>(content_.code.size + 2 * PanelRenderer::quietZone);
    const float module = std::max(1.0F, std::floor(side / modules));
    const float card = module * modules;
    const float x = std::round(w - margin - card);
    panels_->draw(content_.code, x, std::round((h - card) / 2), module);
    textWidth = x - margin - left;
  }
  panels_->draw({left, margin, std::round(h * 0.09F), std::round(h * 0.012F)}, h * 0.006F, accent, 1);

  GlyphAtlas atlas(fonts_, 1024);
  glyphs_->begin();
  float y = text(atlas, content_.name, h * 0.105F, bright, left, margin + h * 0.035F, textWidth);
  y = text(atlas, content_.address, h * 0.052F, accent, left, y + h * 0.012F, textWidth);
  if (!content_.pin.empty()) {
    const float size = std::min(h * 0.12F, textWidth / 6.4F);
    y += h * 0.045F;
    panels_->draw({left, y, textWidth * 0.96F, size * 1.3F + h * 0.085F}, h * 0.025F, 0xFFFFFF, 0.07F);
    const float top = text(atlas, "PIN", h * 0.034F, quiet, left + h * 0.03F, y + h * 0.02F, textWidth);
    text(atlas, grouped(content_.pin), size, bright, left + h * 0.03F, top, textWidth);
    y += size * 1.3F + h * 0.085F;
  }
  const float lineSize = h * 0.036F;
  const std::size_t count = std::min<std::size_t>(content_.lines.size(), 6);
  float lineY = std::max(y + h * 0.03F, h - margin - static_cast<float>(count) * lineSize * 1.45F);
  for (std::size_t i = 0; i < count && lineY + lineSize * 1.3F < h; ++i) {
    text(atlas, content_.lines[i], lineSize, quiet, left, lineY, textWidth);
    lineY += lineSize * 1.45F;
  }
  glyphs_->draw(atlas, width_, height_, 1, 0);
}

void IdleScreen::draw(const GlTarget& target) {
  if (stale_) render();
  stale_ = false;
  glBindFramebuffer(GL_READ_FRAMEBUFFER, picture_.framebuffer());
  glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target.framebuffer());
  const auto w = static_cast<GLint>(width_);
  const auto h = static_cast<GLint>(height_);
  glBlitFramebuffer(0, 0, w, h, 0, 0, w, h, GL_COLOR_BUFFER_BIT, GL_NEAREST);
  target.begin();
}

}  // namespace feimu::stage
