#include "stage/danmaku-layer.h"

#include <algorithm>
#include <cmath>

namespace feimu::stage {

DanmakuLayer::DanmakuLayer(FontStack& fonts, std::uint32_t width, std::uint32_t height)
    : fonts_(fonts),
      width_(width),
      height_(height),
      // About 500 characters a page at the size that comments have by default.
      atlas_(std::make_unique<GlyphAtlas>(fonts, height > 800 ? 2048 : 1024)) {}

std::unique_ptr<DanmakuLayer> DanmakuLayer::create(FontStack& fonts, std::uint32_t width, std::uint32_t height,
                                                   StageError& error) {
  std::unique_ptr<DanmakuLayer> layer(new DanmakuLayer(fonts, width, height));
  layer->renderer_ = GlyphRenderer::create(error);
  return layer->renderer_ ? std::move(layer) : nullptr;
}

float DanmakuLayer::sizePx(double scale) const {
  return static_cast<float>(std::clamp(settings_.fontPx * height_ / 720 * std::clamp(scale, 0.25, 4.0), 8.0, 256.0));
}

void DanmakuLayer::add(CommentSpec comment, std::int64_t nowUs) {
  if (!settings_.enabled) return;
  if (waiting_.size() >= maxWaiting) {
    waiting_.pop_front();  // the oldest is the stalest
    ++dropped_;
  }
  waiting_.push_back({std::move(comment), nowUs, 0, {}});
}

void DanmakuLayer::retract(const std::string& id) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.comment.id == id; });
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (live_[i]->id == id) leave(i);
  }
}

void DanmakuLayer::retractAuthor(const std::string& author) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.comment.author == author; });
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (live_[i]->author == author) leave(i);
  }
}

void DanmakuLayer::clear() {
  waiting_.clear();
  while (!live_.empty()) leave(live_.size() - 1);
}

void DanmakuLayer::leave(std::size_t index) {
  for (const auto page : live_[index]->line.pages) atlas_->release(page);
  live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(index));
  changed_ = true;
}

void DanmakuLayer::configure(const DanmakuSettings& settings, std::int64_t nowUs) {
  const double ratio = settings.speed / settings_.speed;
  if (ratio != 1) {
    // Time since t0 and time to the end shrink by the ratio, the way made so far stays.
    const auto anchor = [&](std::int64_t us) {
      return nowUs + static_cast<std::int64_t>(std::llround(static_cast<double>(us - nowUs) / ratio));
    };
    for (auto& live : live_) {
      Flight& flight = live->flight;
      if (flight.pixelsPerUs == 0) continue;
      flight.t0Us = anchor(flight.t0Us);
      flight.endUs = anchor(flight.endUs);
      flight.pixelsPerUs *= ratio;
    }
  }
  if (settings.fontPx != settings_.fontPx) {
    for (auto& waiting : waiting_) waiting.sizePx = 0;
  }
  settings_ = settings;
  if (!settings.enabled) clear();
  changed_ = true;
}

bool DanmakuLayer::enter(Waiting& waiting, std::int64_t targetUs, std::uint32_t& budget) {
  if (waiting.sizePx == 0) {
    waiting.sizePx = sizePx(waiting.comment.sizeScale);
    waiting.shaped = fonts_.shape(waiting.comment.text, waiting.sizePx, static_cast<float>(width_) * 2);
  }
  auto live = std::make_unique<Live>();
  if (!layOut(waiting.shaped, waiting.sizePx, waiting.comment.colour, *atlas_, budget, live->line)) return false;
  Flight& flight = live->flight;
  flight.mode = waiting.comment.mode;
  flight.widthPx = live->line.widthPx;
  flight.heightPx = live->line.heightPx;
  flight.t0Us = targetUs;
  const bool flies = flight.mode == Mode::scroll || flight.mode == Mode::reverse;
  const double durationUs = flies ? static_cast<double>(crossingUs) / settings_.speed : static_cast<double>(standingUs);
  flight.endUs = targetUs + static_cast<std::int64_t>(durationUs);
  if (flies) flight.pixelsPerUs = (width_ + flight.widthPx) / durationUs;
  std::vector<const Flight*> flights;
  flights.reserve(live_.size());
  for (const auto& other : live_) flights.push_back(&other->flight);
  const auto top = LaneAllocator::find(
      flights, flight,
      {static_cast<double>(width_), static_cast<double>(height_), settings_.area, std::ceil(sizePx(1) * 1.3)});
  if (!top) return false;
  flight.topPx = *top;
  live->id = std::move(waiting.comment.id);
  live->author = std::move(waiting.comment.author);
  for (const auto page : live->line.pages) atlas_->hold(page);
  for (const auto& [page, quad] : live->line.pieces) {
    live->left = std::min(live->left, quad.x);
    live->top = std::min(live->top, quad.y);
    live->right = std::max(live->right, quad.x + quad.width);
    live->bottom = std::max(live->bottom, quad.y + quad.height);
  }
  live_.push_back(std::move(live));
  changed_ = true;
  return true;
}

void DanmakuLayer::advance(std::int64_t targetUs) {
  if (targetUs - animatedUs_ >= animationUs) {
    animatedUs_ = targetUs;
    changed_ |= atlas_->animate(targetUs);
  }
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (live_[i]->flight.endUs <= targetUs) leave(i);
  }
  std::uint32_t budget = glyphsPerFrame;
  // A full stage is not asked again for every one of hundreds that wait.
  std::uint32_t refusals = 0;
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    if (targetUs - waiting->sinceUs > maxWaitUs) {
      ++dropped_;
      waiting = waiting_.erase(waiting);
    } else if (refusals < 8 && live_.size() < settings_.maxOnScreen) {
      const bool entered = enter(*waiting, targetUs, budget);
      refusals += entered ? 0 : 1;
      waiting = entered ? waiting_.erase(waiting) : waiting + 1;
    } else {
      ++waiting;
    }
  }
}

void DanmakuLayer::draw(std::int64_t targetUs) {
  if (live_.empty()) return;
  renderer_->begin();
  for (const auto& live : live_) {
    renderer_->add(live->line, static_cast<float>(live->flight.leftPx(targetUs, width_)), live->flight.topPx,
                   static_cast<float>(width_));
  }
  renderer_->draw(*atlas_, width_, height_, static_cast<float>(settings_.opacity), settings_.outline ? 0.85F : 0.0F);
}

Rect DanmakuLayer::bounds(std::int64_t targetUs) const {
  Rect all{};
  for (const auto& live : live_) {
    const auto x = static_cast<float>(live->flight.leftPx(targetUs, width_));
    const float y = live->flight.topPx;
    const auto side = [](float at, std::uint32_t limit) {
      return static_cast<std::int32_t>(std::clamp(at, 0.0F, static_cast<float>(limit)));
    };
    const std::int32_t left = side(std::floor(x + live->left), width_);
    const std::int32_t top = side(std::floor(y + live->top), height_);
    const std::int32_t right = side(std::ceil(x + live->right), width_);
    const std::int32_t bottom = side(std::ceil(y + live->bottom), height_);
    if (right > left && bottom > top) all = united(all, {left, top, right - left, bottom - top});
  }
  return all;
}

bool DanmakuLayer::moving() const {
  return std::ranges::any_of(live_, [](const auto& live) { return live->flight.pixelsPerUs != 0; });
}

std::vector<Flight> DanmakuLayer::flights() const {
  std::vector<Flight> out;
  for (const auto& live : live_) out.push_back(live->flight);
  return out;
}

}  // namespace feimu::stage
