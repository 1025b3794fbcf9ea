#include "link/delay-base.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace feimu {

namespace {
constexpr double agreeUs = 50'000;      // two samples of the same step
constexpr double idleUs = 3'000;        // no queue to speak of: the only time when a slope is the clocks'
constexpr std::int64_t minFitBuckets = 10;
constexpr int slowestFit = 8;           // gain 1/8 a second, after a mean of the first ones
}  // namespace

void DelayBase::restart(std::int64_t sentUs, std::int64_t arrivedUs) {
  buckets_.fill({});
  started_ = true;
  sentOriginUs_ = sentUs;
  arrivedOriginUs_ = arrivedUs;
  lastIndex_ = -1;
  queueDelayUs_ = 0;
  odd_ = false;
  risen_ = false;
  insert(0, 0);
}

void DelayBase::add(std::int64_t sentUs, std::int64_t arrivedUs) {
  if (!started_) return restart(sentUs, arrivedUs);
  const auto x = static_cast<double>(arrivedUs - arrivedOriginUs_);
  const double y = x - static_cast<double>(sentUs - sentOriginUs_);
  // Our own clock went back.
  if (x < static_cast<double>((lastIndex_ - 1) * bucketUs)) {
    restarts_++;
    return restart(sentUs, arrivedUs);
  }
  const std::int64_t index = static_cast<std::int64_t>(x) / bucketUs;
  const double above = y - skew_ * x - base(index);
  const bool fell = above < -fallUs;
  if (fell || above > impossibleUs) {
    // One such packet may be forged; two that agree are the clock.
    if (odd_ && std::abs(above - oddAbove_) < agreeUs) {
      restarts_++;
      return restart(sentUs, arrivedUs);
    }
    odd_ = true;
    oddAbove_ = above;
    return;
  }
  odd_ = false;
  if (believesStep(above, x)) {
    restarts_++;
    return restart(sentUs, arrivedUs);
  }
  queueDelayUs_ = std::max(0.0, above);
  insert(x, y);
}

/// A queue that appeared from one packet to the next and then neither grew nor drained is a clock that was set.
bool DelayBase::believesStep(double above, double x) {
  if (above < riseUs) {
    risen_ = false;
    return false;
  }
  if (!risen_ || std::abs(above - risenBy_) > agreeUs) {
    risen_ = true;
    risenBy_ = above;
    risenAtX_ = x;
    return false;
  }
  return x - risenAtX_ >= static_cast<double>(risenForUs);
}

void DelayBase::insert(double x, double y) {
  const std::int64_t index = static_cast<std::int64_t>(x) / bucketUs;
  Bucket& bucket = buckets_[static_cast<std::size_t>(index) % bucketCount];
  if (index > lastIndex_ && lastIndex_ >= 0) fitSkew(lastIndex_);
  if (bucket.index != index || y - skew_ * x < bucket.y - skew_ * bucket.x) bucket = {index, x, y};
  lastIndex_ = std::max(lastIndex_, index);
}

double DelayBase::base(std::int64_t newestIndex) const {
  double least = std::numeric_limits<double>::max();
  double last = 0;
  std::int64_t lastIndex = -1;
  for (const Bucket& bucket : buckets_) {
    if (bucket.index < 0) continue;
    const double y = bucket.y - skew_ * bucket.x;
    if (newestIndex - bucket.index < windowUs / bucketUs) least = std::min(least, y);
    if (bucket.index > lastIndex) {
      lastIndex = bucket.index;
      last = y;
    }
  }
  // After a pause longer than the window the last that was known is the best guess.
  return least < std::numeric_limits<double>::max() ? least : last;
}

/// The edge of the lower convex hull that lies under the mean time.
void DelayBase::fitSkew(std::int64_t newestIndex) {
  std::array<const Bucket*, bucketCount> hull;
  std::size_t size = 0;
  double sumX = 0;
  std::int64_t count = 0;
  for (std::int64_t index = std::max<std::int64_t>(0, newestIndex - std::int64_t{bucketCount} + 1); index <= newestIndex; index++) {
    const Bucket& bucket = buckets_[static_cast<std::size_t>(index) % bucketCount];
    if (bucket.index != index) continue;
    sumX += bucket.x;
    count++;
    while (size >= 2) {
      const Bucket& a = *hull[size - 2];
      const Bucket& b = *hull[size - 1];
      if ((b.x - a.x) * (bucket.y - a.y) - (b.y - a.y) * (bucket.x - a.x) > 0) break;
      size--;
    }
    hull[size++] = &bucket;
  }
  if (count < minFitBuckets || size < 2) return;
  const Bucket& newest = *hull[size - 1];
  if (newest.y - skew_ * newest.x - base(newestIndex) > idleUs) return;
  const double mean = sumX / static_cast<double>(count);
  std::size_t right = 1;
  while (right + 1 < size && hull[right]->x < mean) right++;
  const double slope = (hull[right]->y - hull[right - 1]->y) / (hull[right]->x - hull[right - 1]->x);
  if (std::abs(slope) > maxSkew) return;
  fits_ = std::min(fits_ + 1, slowestFit);
  skew_ += (slope - skew_) / fits_;
}

}  // namespace feimu
