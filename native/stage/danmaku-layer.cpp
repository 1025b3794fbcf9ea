#include "stage/danmaku-layer.h"

#include <algorithm>
#include <cmath>

namespace feimu::stage {

namespace {

constexpr std::uint32_t kBadgeColour = 0xFFD34D;
/// Of the comment's size; a little more with each doubling.
constexpr double kBadgeScale = 0.7;
constexpr double kBadgeGrowth = 0.06;
constexpr double kMaxBadgeScale = 1;
constexpr std::uint32_t kMaxCount = 9'999;
/// Of a lane, times the comments' size.
constexpr double kLaneHeight = 1.3;

}  // namespace

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
  if (comment.rank != Rank::chat) rankedUs_ = nowUs;
  waiting_.add(std::move(comment), nowUs);
}

void DanmakuLayer::setCount(const std::string& id, std::uint32_t count) {
  waiting_.forEach([&](Admission::Waiting& waiting) {
    if (waiting.comment.id == id) waiting.comment.count = count;
  });
  for (auto& live : live_) {
    if (live->comment.id == id) live->count = std::min(count, kMaxCount);
  }
}

bool DanmakuLayer::renewBadge(Live& live, std::uint32_t& budget) {
  const double scale = std::min(kBadgeScale + kBadgeGrowth * std::log2(live.count), kMaxBadgeScale);
  const auto badgePx = static_cast<float>(live.sizePx * scale);
  const ShapedText shaped = fonts_.shape("×" + std::to_string(live.count), badgePx, static_cast<float>(width_));
  TextLine badge;
  if (!layOut(shaped, badgePx, kBadgeColour, *atlas_, budget, badge)) return false;
  for (const auto page : badge.pages) atlas_->hold(page);
  for (const auto page : live.badge.pages) atlas_->release(page);
  live.badge = std::move(badge);
  live.shownCount = live.count;

  // Behind the text where nobody follows too closely, else over its upper right corner.
  const float gap = live.sizePx * 0.15F;
  Flight longer = live.flight;
  longer.widthPx = live.line.widthPx + gap + live.badge.widthPx;
  if (longer.pixelsPerUs > 0) {
    longer.endUs = longer.t0Us + static_cast<std::int64_t>((width_ + static_cast<double>(longer.widthPx)) / longer.pixelsPerUs);
  }
  const bool flies = longer.mode == Mode::scroll;
  const bool fits = flies && std::ranges::none_of(live_, [&](const auto& other) {
    const Flight& flight = other->flight;
    return other.get() != &live && flight.mode == longer.mode && flight.t0Us >= longer.t0Us &&
           flight.topPx < longer.topPx + longer.heightPx && longer.topPx < flight.topPx + flight.heightPx &&
           !LaneAllocator::apart(longer, flight, width_);
  });
  if (fits) {
    live.flight = longer;
    live.badgeX = live.line.widthPx + gap;
    live.badgeY = (live.line.heightPx - live.badge.heightPx) / 2;
  } else {
    live.badgeX = live.line.widthPx - live.badge.widthPx / 2;
    live.badgeY = -live.badge.heightPx * 0.2F;
  }
  for (const auto& [page, quad] : live.badge.pieces) {
    live.left = std::min(live.left, live.badgeX + quad.x);
    live.top = std::min(live.top, live.badgeY + quad.y);
    live.right = std::max(live.right, live.badgeX + quad.x + quad.width);
    live.bottom = std::max(live.bottom, live.badgeY + quad.y + quad.height);
  }
  changed_ = true;
  return true;
}

void DanmakuLayer::retract(const std::string& id) {
  waiting_.eraseIf([&](const Admission::Waiting& waiting) { return waiting.comment.id == id; });
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (live_[i]->comment.id == id) leave(i);
  }
}

void DanmakuLayer::retractAuthor(const std::string& author) {
  waiting_.eraseIf([&](const Admission::Waiting& waiting) { return waiting.comment.author == author; });
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (live_[i]->comment.author == author) leave(i);
  }
}

void DanmakuLayer::clear() {
  waiting_.clear();
  while (!live_.empty()) leave(live_.size() - 1);
}

void DanmakuLayer::leave(std::size_t index) {
  for (const auto page : live_[index]->line.pages) atlas_->release(page);
  for (const auto page : live_[index]->badge.pages) atlas_->release(page);
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
    waiting_.forEach([](Admission::Waiting& waiting) { waiting.sizePx = 0; });
  }
  settings_ = settings;
  if (!settings.enabled) clear();
  changed_ = true;
}

double DanmakuLayer::areaOf(Rank rank, std::int64_t nowUs) const {
  if (rank != Rank::chat || nowUs - rankedUs_ > keptForUs) return settings_.area;
  const double lanePx = std::ceil(sizePx(1) * kLaneHeight);
  const auto lanes = static_cast<std::uint32_t>(settings_.area * height_ / lanePx);
  return settings_.area - lanes / lanesAKept * lanePx / height_;
}

bool DanmakuLayer::merge(const CommentSpec& comment) {
  const auto same = std::ranges::find_if(live_, [&](const auto& live) { return live->comment.text == comment.text; });
  if (same == live_.end()) return false;
  (*same)->count = std::min((*same)->count + comment.count, kMaxCount);
  return true;
}

std::optional<float> DanmakuLayer::findLane(const Flight& flight, const Admission::Waiting& waiting, const Live* without) const {
  std::vector<const Flight*> flights;
  flights.reserve(live_.size());
  for (const auto& other : live_) {
    if (other.get() != without) flights.push_back(&other->flight);
  }
  return LaneAllocator::find(flights, flight,
                             {static_cast<double>(width_), static_cast<double>(height_),
                              areaOf(waiting.comment.rank, flight.t0Us), std::ceil(waiting.sizePx * kLaneHeight)});
}

std::optional<float> DanmakuLayer::laneFor(Flight& flight, const Admission::Waiting& waiting) {
  if (const auto top = findLane(flight, waiting, nullptr)) return top;
  if (waiting.comment.rank != Rank::paid) return std::nullopt;
  if (flight.pixelsPerUs > 0) {
    // As slow as what has no width, it catches up with nobody: that the one before has entered is enough.
    flight.pixelsPerUs *= width_ / (width_ + static_cast<double>(flight.widthPx));
    flight.endUs = flight.t0Us + static_cast<std::int64_t>((width_ + static_cast<double>(flight.widthPx)) / flight.pixelsPerUs);
    if (const auto top = findLane(flight, waiting, nullptr)) return top;
  }
  // The newest first: of it the least is seen.
  for (std::size_t i = live_.size(); i-- > 0;) {
    Live& other = *live_[i];
    const double seenPx = static_cast<double>(flight.t0Us - other.flight.t0Us) * other.flight.pixelsPerUs;
    if (other.comment.rank != Rank::chat || other.flight.pixelsPerUs == 0 || seenPx >= static_cast<double>(other.flight.widthPx)) continue;
    const auto top = findLane(flight, waiting, &other);
    if (!top) continue;
    waiting_.putBack(std::move(other.comment), other.sinceUs);
    leave(i);
    return top;
  }
  return std::nullopt;
}

bool DanmakuLayer::enter(Admission::Waiting& waiting, std::int64_t targetUs, std::uint32_t& budget) {
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
  const auto top = laneFor(flight, waiting);
  if (!top) return false;
  flight.topPx = *top;
  live->comment = std::move(waiting.comment);
  live->sinceUs = waiting.sinceUs;
  live->sizePx = waiting.sizePx;
  live->count = std::min(live->comment.count, kMaxCount);
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
  waiting_.expire(targetUs, [&](const Admission::Waiting& waiting) { dropped_ += merge(waiting.comment) ? 0 : 1; });
  waiting_.admit([&](Admission::Waiting& waiting) {
    return live_.size() < settings_.maxOnScreen && enter(waiting, targetUs, budget);
  });
  for (const auto& live : live_) {
    if (live->count > live->shownCount && !renewBadge(*live, budget)) break;
  }
}

void DanmakuLayer::draw(std::int64_t targetUs) {
  if (live_.empty()) return;
  renderer_->begin();
  for (const auto& live : live_) {
    renderer_->add(live->line, static_cast<float>(live->flight.leftPx(targetUs, width_)), live->flight.topPx,
                   static_cast<float>(width_));
    if (live->shownCount > 1) {
      renderer_->add(live->badge, static_cast<float>(live->flight.leftPx(targetUs, width_)) + live->badgeX,
                     live->flight.topPx + live->badgeY, static_cast<float>(width_));
    }
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

bool DanmakuLayer::shows(const std::string& id) const {
  return std::ranges::any_of(live_, [&](const auto& live) { return live->comment.id == id; });
}

std::vector<Flight> DanmakuLayer::flights() const {
  std::vector<Flight> out;
  for (const auto& live : live_) out.push_back(live->flight);
  return out;
}

}  // namespace feimu::stage
