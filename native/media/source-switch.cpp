#include "media/source-switch.h"

#include <algorithm>
#include <cstring>

namespace feimu {

void SourceSwitch::setOrder(const std::vector<int>& ids) {
  std::lock_guard lock(mutex_);
  std::vector<Entry> next;
  for (int id : ids) {
    auto known = std::find_if(order_.begin(), order_.end(), [id](const Entry& entry) { return entry.id == id; });
    next.push_back({id, known == order_.end() ? 0 : known->lastUs});
  }
  order_ = std::move(next);
}

bool SourceSwitch::decide(int id, std::int64_t nowUs) {
  for (const Entry& entry : order_) {
    if (entry.id == id) return true;
    if (entry.lastUs != 0 && nowUs - entry.lastUs < freezeUs) return false;
  }
  return false;
}

bool SourceSwitch::wants(int id, std::int64_t nowUs) {
  std::lock_guard lock(mutex_);
  return decide(id, nowUs);
}

void SourceSwitch::publish(int id, const PictureView& picture, std::int64_t captureUs, std::int64_t receivedUs,
                           std::int64_t nowUs) {
  std::lock_guard lock(mutex_);
  auto entry = std::find_if(order_.begin(), order_.end(), [id](const Entry& one) { return one.id == id; });
  if (entry == order_.end()) return;
  if (!decide(id, nowUs)) {
    entry->lastUs = nowUs;
    return;
  }
  // Who cannot be shown holds nobody off.
  auto buffer = producer_->acquire(picture.format);
  if (buffer.empty()) return;
  entry->lastUs = nowUs;
  active_ = id;
  ended_ = false;
  std::memcpy(buffer.data(), picture.data.data(), picture.format.sizeBytes());
  FrameInfo info;
  info.sequence = ++sequence_;
  info.captureUs = captureUs;
  info.receivedUs = receivedUs;
  info.decodedUs = nowUs;
  info.fullRange = picture.fullRange ? 1 : 0;
  info.bt709 = picture.bt709 ? 1 : 0;
  producer_->publish(info);
}

void SourceSwitch::tick(std::int64_t nowUs) {
  std::lock_guard lock(mutex_);
  producer_->poll();
  const bool anyLive = std::any_of(order_.begin(), order_.end(), [nowUs](const Entry& entry) {
    return entry.lastUs != 0 && nowUs - entry.lastUs < freezeUs;
  });
  if (firstTickUs_ == 0) firstTickUs_ = nowUs;
  // After a restart the stage still shows the picture of the life before: it gets the same two seconds.
  if (anyLive || ended_ || nowUs - firstTickUs_ < freezeUs) return;
  active_ = -1;
  ended_ = true;
  producer_->acquire({16, 16, 64});  // a small pool, instead of that of the last picture
  FrameInfo info;
  info.sequence = ++sequence_;
  info.ended = 1;
  producer_->publish(info);
}

bool SourceSwitch::onStage(int id) {
  std::lock_guard lock(mutex_);
  return active_ == id;
}

}  // namespace feimu
