#include "stage/card-layer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace feimu::stage {

namespace {

// Shares of the stage's height.
constexpr float marginShare = 0.022F;
constexpr float paddingShare = 0.016F;
constexpr float titleShare = 0.026F;
constexpr float textShare = 0.033F;
constexpr float codeShare = 0.25F;
constexpr float barShare = 0.007F;
constexpr float radiusShare = 0.014F;
/// Of the stage's width.
constexpr float widthShare = 0.32F;
constexpr std::size_t maxLines = 3;

/// Black or white, whatever stands out from `rgb` (ITU-R BT.601 luma).
std::uint32_t inkOn(std::uint32_t rgb) {
  const std::uint32_t luma = (rgb >> 16 & 255) * 299 + (rgb >> 8 & 255) * 587 + (rgb & 255) * 114;
  return luma > 150'000 ? 0x101318 : 0xF8FAFC;
}

bool sameWords(const Card& one, const Card& other) {
  return one.title == other.title && one.words == other.words && one.size == other.size && one.colour == other.colour &&
         one.code.modules == other.code.modules;
}

}  // namespace

CardLayer::CardLayer(FontStack& fonts, std::uint32_t width, std::uint32_t height)
    : fonts_(fonts), width_(width), height_(height), picture_(Texels::rgba8, width, height), atlas_(fonts, 1024) {}

std::unique_ptr<CardLayer> CardLayer::create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                             StageError& error) {
  std::unique_ptr<CardLayer> made(new CardLayer(fonts, width, height));
  made->panels_ = PanelRenderer::create(width, height, error);
  made->glyphs_ = GlyphRenderer::create(error);
  return made->panels_ && made->glyphs_ ? std::move(made) : nullptr;
}

void CardLayer::set(std::vector<Card> cards) {
  if (cards.size() > maxCards) cards.resize(maxCards);
  wanted_ = std::move(cards);
}

bool CardLayer::advance(bool picture) {
  bool changed = false;
  if (wanted_) {
    std::uint32_t budget = glyphsPerFrame;
    std::vector<LaidOut> next;
    for (const Card& card : *wanted_) {
      const auto same = std::ranges::find_if(shown_, [&](const LaidOut& shown) { return sameWords(shown.card, card); });
      LaidOut made;
      if (same != shown_.end()) {
        made = *same;
        made.card = card;
      } else if (!layOutCard(card, budget, made)) {
        return pictured_ != picture && (render(picture), true);
      }
      next.push_back(std::move(made));
    }
    // First held, then let go: what stays is never without a holder.
    for (const LaidOut& card : next) {
      if (card.title) for (const auto page : card.title->pages) atlas_.hold(page);
      for (const TextLine& line : card.lines) for (const auto page : line.pages) atlas_.hold(page);
    }
    for (const LaidOut& card : shown_) release(card);
    shown_ = std::move(next);
    wanted_.reset();
    changed = true;
  }
  if (!changed && pictured_ == picture) return false;
  render(picture);
  return true;
}

void CardLayer::release(const LaidOut& card) {
  if (card.title) for (const auto page : card.title->pages) atlas_.release(page);
  for (const TextLine& line : card.lines) for (const auto page : line.pages) atlas_.release(page);
}

std::vector<std::string> CardLayer::broken(const Card& card, float sizePx, float maxWidth) {
  constexpr float unbounded = 1e6F;
  std::vector<std::string> lines;
  std::string line;
  for (const std::string& word : card.words) {
    if (!line.empty() && fonts_.shape(line + word, sizePx, unbounded).widthPx > maxWidth) {
      lines.push_back(std::exchange(line, word == " " ? "" : word));
      if (lines.size() == maxLines) {
        // What does not fit is said to be missing.
        lines.back() += "…";
        return lines;
      }
    } else {
      line += word;
    }
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

bool CardLayer::layOutCard(const Card& card, std::uint32_t& budget, LaidOut& into) {
  const float padding = share(paddingShare);
  const float maxWidth = std::round(static_cast<float>(width_) * widthShare) - 2 * padding;
  into.card = card;
  into.ink = inkOn(card.colour);
  const auto line = [&](const std::string& text, float sizePx, TextLine& made) {
    return layOut(fonts_.shape(text, sizePx, maxWidth + sizePx), sizePx, into.ink, atlas_, budget, made);
  };
  if (!card.title.empty()) {
    into.title.emplace();
    if (!line(card.title, share(titleShare), *into.title)) return false;
    into.width = into.title->widthPx;
    into.height = into.title->heightPx;
  }
  const float sizePx = share(textShare * static_cast<float>(std::clamp(card.size, 0.5, 4.0)));
  for (const std::string& text : broken(card, sizePx, maxWidth)) {
    TextLine made;
    if (!line(text, sizePx, made)) return false;
    into.width = std::max(into.width, made.widthPx);
    into.height += made.heightPx;
    into.lines.push_back(std::move(made));
  }
  if (card.code.size > 0) {
    const auto modules = static_cast<float>(card.code.size + 2 * PanelRenderer::quietZone);
    into.module = std::max(1.0F, std::floor(share(codeShare) / modules));
    into.width = std::max(into.width, into.module * modules);
    into.height += into.module * modules;
  }
  into.width = std::ceil(into.width + 2 * padding);
  into.height = std::ceil(into.height + 2 * padding);
  return true;
}

void CardLayer::render(bool picture) {
  pictured_ = picture;
  rects_.clear();
  picture_.begin();
  glDisable(GL_SCISSOR_TEST);
  glClearColor(0, 0, 0, 0);
  glClear(GL_COLOR_BUFFER_BIT);
  const float margin = share(marginShare);
  const auto w = static_cast<float>(width_);
  const auto h = static_cast<float>(height_);
  std::array<float, 4> taken{};  // of the height, from the edge, a place
  for (const LaidOut& card : shown_) {
    if (card.card.overPicture && !picture) continue;
    float& used = taken.at(static_cast<std::size_t>(card.card.place));
    // What does not fit waits until another one has gone.
    if (used + margin + card.height > h * 0.9F) continue;
    const bool lower = card.card.place == Card::Place::lowerLeft || card.card.place == Card::Place::lowerRight;
    Panel panel{margin, lower ? h - used - margin - card.height : used + margin, card.width, card.height};
    if (card.card.place == Card::Place::upperCentre) panel.x = std::round((w - card.width) / 2);
    else if (card.card.place != Card::Place::lowerLeft) panel.x = w - margin - card.width;
    panel.x = std::max(0.0F, panel.x);
    used += margin / 2 + card.height;
    draw(card, panel);
    const auto pixels = [](float value) { return static_cast<std::int32_t>(value); };
    rects_.push_back({pixels(panel.x), pixels(panel.y), pixels(std::min(panel.width, w - panel.x)), pixels(panel.height)});
  }
}

void CardLayer::draw(const LaidOut& card, const Panel& panel) {
  const float padding = share(paddingShare);
  panels_->draw(panel, share(radiusShare), card.card.colour, opacity);
  float y = panel.y + padding;
  if (card.card.code.size > 0) {
    const float side = card.module * static_cast<float>(card.card.code.size + 2 * PanelRenderer::quietZone);
    panels_->draw(card.card.code, std::round(panel.x + (panel.width - side) / 2), y, card.module);
    y += side;
  }
  glyphs_->begin();
  if (card.title) {
    glyphs_->add(*card.title, panel.x + padding, y, static_cast<float>(width_));
    y += card.title->heightPx;
  }
  for (const TextLine& line : card.lines) {
    glyphs_->add(line, panel.x + padding, y, static_cast<float>(width_));
    y += line.heightPx;
  }
  glyphs_->draw(atlas_, width_, height_, 1, 0);
  if (card.card.left < 0) return;
  const float bar = share(barShare);
  const float length = (panel.width - 2 * padding) * static_cast<float>(std::min(card.card.left, 1.0));
  panels_->draw({panel.x + padding, panel.y + panel.height - padding * 0.75F, length, bar}, bar / 2, card.ink, 0.75F);
}

}  // namespace feimu::stage
