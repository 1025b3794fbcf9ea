#include "stage/panel-renderer.h"

namespace feimu::stage {

namespace {

constexpr const char* vertex = R"(
uniform vec4 box;
uniform vec2 stage;
out vec2 at;
void main() {
  vec2 unit = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  at = (unit - 0.5) * box.zw;
  gl_Position = vec4((box.xy + unit * box.zw) / stage * 2.0 - 1.0, 0.0, 1.0);
})";

constexpr const char* fragment = R"(
uniform vec4 box;
uniform vec4 tint;
uniform float radius;
in vec2 at;
out vec4 colour;
void main() {
  vec2 q = abs(at) - box.zw * 0.5 + radius;
  float outside = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - radius;
  colour = tint * clamp(0.5 - outside, 0.0, 1.0);
})";

constexpr std::uint32_t ink = 0x0B0D18;

}  // namespace

std::unique_ptr<PanelRenderer> PanelRenderer::create(std::uint32_t width, std::uint32_t height, StageError& error) {
  std::unique_ptr<PanelRenderer> made(new PanelRenderer(width, height));
  made->program_ = GlProgram::link(vertex, fragment, error);
  if (!made->program_) return nullptr;
  made->stageAt_ = made->program_->uniform("stage");
  made->boxAt_ = made->program_->uniform("box");
  made->tintAt_ = made->program_->uniform("tint");
  made->radiusAt_ = made->program_->uniform("radius");
  return made;
}

void PanelRenderer::draw(const Panel& panel, float radius, std::uint32_t rgb, float alpha) const {
  const auto channel = [&](unsigned shift) { return static_cast<float>(rgb >> shift & 255) / 255 * alpha; };
  program_->use();
  glEnable(GL_BLEND);
  glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  glUniform2f(stageAt_, static_cast<float>(width_), static_cast<float>(height_));
  glUniform4f(boxAt_, panel.x, panel.y, panel.width, panel.height);
  glUniform4f(tintAt_, channel(16), channel(8), channel(0), alpha);
  glUniform1f(radiusAt_, radius);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

void PanelRenderer::draw(const QrCode& code, float x, float y, float module) const {
  const float side = module * static_cast<float>(code.size + 2 * quietZone);
  draw({x, y, side, side}, module * 2, 0xFFFFFF, 1);
  for (std::uint32_t row = 0; row < code.size; ++row) {
    for (std::uint32_t column = 0; column < code.size; ++column) {
      if (!code.modules[row * code.size + column]) continue;
      draw({x + module * static_cast<float>(column + quietZone), y + module * static_cast<float>(row + quietZone), module,
            module},
           0, ink, 1);
    }
  }
}

}  // namespace feimu::stage
