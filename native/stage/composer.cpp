#include "stage/composer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace feimu::stage {

namespace {

constexpr const char* copyFragment = R"(
uniform sampler2D layer;
out vec4 colour;
void main() { colour = texelFetch(layer, ivec2(gl_FragCoord.xy), 0); })";

void scissor(const Rect& rect) {
  glEnable(GL_SCISSOR_TEST);
  glScissor(rect.x, rect.y, rect.width, rect.height);
}

}  // namespace

std::unique_ptr<Composer> Composer::create(FontStack& fonts, VideoLayer& video, std::uint32_t width, std::uint32_t height,
                                           StageError& error) {
  std::unique_ptr<Composer> made(new Composer(video, width, height));
  made->danmaku_ = DanmakuLayer::create(fonts, width, height, error);
  made->idle_ = IdleScreen::create(fonts, width, height, error);
  made->cards_ = CardLayer::create(fonts, width, height, error);
  made->copy_ = GlProgram::link(fullScreenVertex, copyFragment, error);
  return made->danmaku_ && made->idle_ && made->cards_ && made->copy_ ? std::move(made) : nullptr;
}

void Composer::commentsChanged() {
  for (Layer& layer : layers_) layer.targetUs = 0;
}

void Composer::setDepth(std::uint32_t depth) {
  depth_ = std::clamp(depth, 1U, maxDepth);
  if (layers_.size() != depth_ - 1) layers_.resize(depth_ - 1);
}

Composer::Layer* Composer::layerFor(std::int64_t targetUs) {
  const auto found = std::ranges::find_if(layers_, [&](const Layer& layer) {
    return layer.targetUs != 0 && std::abs(static_cast<double>(layer.targetUs - targetUs)) < halfPeriodUs_;
  });
  return found == layers_.end() ? nullptr : &*found;
}

bool Composer::advance(std::int64_t targetUs) {
  bool late = cards_->advance(video_.hasPicture() && !covered_);
  if (late) ++cardsShown_;
  // What a missed refresh would have shown is still to be shown.
  for (Layer& layer : layers_) {
    if (layer.targetUs != 0 && static_cast<double>(layer.targetUs) < static_cast<double>(targetUs) - halfPeriodUs_) {
      late |= std::exchange(layer.changed, false);
    }
  }
  if (const Layer* layer = layerFor(targetUs)) return late || layer->changed;
  danmaku_->advance(targetUs);
  return danmaku_->takeChanged() || danmaku_->moving() || late;
}

void Composer::draw(const GlTarget& target, std::int64_t targetUs) {
  Layer* layer = layerFor(targetUs);
  if (layer) layer->changed = false;
  const Rect comments = layer ? layer->bounds : danmaku_->bounds(targetUs);
  Held& held = held_[target.framebuffer()];
  const bool parts = held.under == under_ && held.cards == cardsShown_;
  const Rect damage = parts ? united(held.comments, comments) : whole();
  held = {under_, cardsShown_, comments};
  touched_ = static_cast<double>(damage.width) * damage.height / (static_cast<double>(width_) * height_);
  if (damage.width == 0) return;
  target.begin();
  scissor(damage);
  drawUnder(target);
  drawComments(layer, targetUs);
  drawCards(damage);
  glDisable(GL_SCISSOR_TEST);
}

Drawn Composer::draw(const GlTarget& under, const GlTarget& over, std::int64_t targetUs) {
  Drawn drawn{litUnder_ != under_, false};
  if (drawn.under) {
    under.begin();
    drawUnder(under);
    litUnder_ = under_;
  }
  Layer* layer = layerFor(targetUs);
  if (layer) layer->changed = false;
  const Rect comments = layer ? layer->bounds : danmaku_->bounds(targetUs);
  Held& held = held_[over.framebuffer()];
  const Rect damage = held.cards == cardsShown_ ? united(held.comments, comments) : whole();
  if (damage.width == 0) return drawn;
  held = {under_, cardsShown_, comments};
  drawn.over = true;
  over.begin();
  scissor(damage);
  glClearColor(0, 0, 0, 0);
  glClear(GL_COLOR_BUFFER_BIT);
  drawComments(layer, targetUs);
  drawCards(damage);
  glDisable(GL_SCISSOR_TEST);
  return drawn;
}

void Composer::drawUnder(const GlTarget& target) {
  if (covered_ || !video_.draw(width_, height_)) idle_->draw(target);
}

void Composer::drawComments(const Layer* layer, std::int64_t targetUs) {
  if (!layer) return danmaku_->draw(targetUs);
  copy(layer->target.texture(), layer->bounds);
}

void Composer::drawCards(const Rect& damage) {
  for (const Rect& rect : cards_->rects()) copy(cards_->texture(), common(rect, damage));
}

void Composer::copy(const GlTexture& texture, const Rect& rect) {
  if (rect.width == 0) return;
  scissor(rect);
  copy_->use();
  texture.bind(0);
  glEnable(GL_BLEND);
  glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  glDrawArrays(GL_TRIANGLES, 0, 3);
}

void Composer::drawAhead(std::int64_t targetUs, double periodUs) {
  halfPeriodUs_ = periodUs / 2;
  for (std::uint32_t refresh = 1; refresh < depth_; ++refresh) {
    const std::int64_t us = targetUs + static_cast<std::int64_t>(std::llround(refresh * periodUs));
    if (layerFor(us)) continue;
    // The one that is shown longest ago, or never.
    Layer& layer = *std::ranges::min_element(layers_, {}, &Layer::targetUs);
    if (layer.target.texture().width() == 0) {
      layer.target = GlTarget(Texels::rgba8, width_, height_);
      layer.bounds = whole();
    }
    danmaku_->advance(us);
    layer.targetUs = us;
    layer.changed = danmaku_->takeChanged() || danmaku_->moving();
    const Rect before = layer.bounds;
    layer.bounds = danmaku_->bounds(us);
    if (before.width == 0 && layer.bounds.width == 0) continue;
    layer.target.begin();
    if (before.width > 0) {
      scissor(before);
      glClearColor(0, 0, 0, 0);
      glClear(GL_COLOR_BUFFER_BIT);
      glDisable(GL_SCISSOR_TEST);
    }
    danmaku_->draw(us);
    glFlush();
  }
}

}  // namespace feimu::stage
