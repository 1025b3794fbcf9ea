#include "link/path-model.h"

#include <algorithm>

namespace feimu {

namespace {
/// A longer pause between two packets ends a train: the path may have been idle in it.
constexpr std::int64_t trainGapUs = 4'000;
/// A sample spans this much at the receiver: RFC 8888 counts in 1/1024 s.
constexpr std::int64_t trainSpanUs = 20'000;
/// And is of this much: pictures of four packets, as at 1 Mbps, are put together too.
constexpr std::int64_t leastHeldBytes = 4'000;
constexpr int maxHeldTrains = 6;
constexpr std::int64_t tickUs = 977;
constexpr std::int64_t heldBaseUs = 60'000'000;
constexpr std::int64_t lossBucketUs = 100'000;
constexpr std::int64_t lossWindowUs = 2'000'000;  // ten buckets and a little
/// Clocks are read in steps of up to 1 ms, and a packet's times are taken a little apart from its sending.
constexpr std::int64_t clockSlackUs = 20'000;
constexpr std::int64_t clockBackUs = 1'000'000;
}  // namespace

void PathModel::onSent(const SentPacket& packet) {
  Slot& slot = slots_[static_cast<std::size_t>(packet.sequence) % slots];
  if (slot.fate == Fate::flying) inflight_ -= slot.sizeBytes;
  slot = {packet.sequence, packet.sentUs, packet.sizeBytes, Fate::flying};
  inflight_ += packet.sizeBytes;
  newestSent_ = packet.sequence;
}

void PathModel::forgetInflight() {
  for (Slot& slot : slots_) {
    if (slot.fate == Fate::flying) slot.fate = Fate::forgotten;
  }
  inflight_ = 0;
}

void PathModel::onFeedback(const FeedbackReport& report) {
  trains_.clear();
  takeRtt(report);
  if (report.nowUs - lossBuckets_[lossAt_].startUs >= lossBucketUs) {
    lossAt_ = (lossAt_ + 1) % lossBuckets_.size();
    lossBuckets_[lossAt_] = {report.nowUs, 0, 0};
  }
  for (const PacketReport& one : report.packets) take(one, report.nowUs);
  standingUs_ = arrivals_.leastQueueUs(standingWindowUs);
}

void PathModel::takeRtt(const FeedbackReport& report) {
  if (report.rttUs <= 0) return;
  if (report.nowUs - rttBucketUs_ >= baseBucketUs) {
    rttBuckets_[1] = rttBuckets_[0];
    rttBuckets_[0] = 0;
    rttBucketUs_ = report.nowUs;
  }
  rttBuckets_[0] = rttBuckets_[0] == 0 ? report.rttUs : std::min(rttBuckets_[0], report.rttUs);
}

void PathModel::take(const PacketReport& one, std::int64_t nowUs) {
  if (one.sequence < 0 || one.sequence > newestSent_) return;  // never sent
  Slot& slot = slots_[static_cast<std::size_t>(one.sequence) % slots];
  const Fate before = slot.fate;
  const Fate now = one.received ? Fate::received : Fate::lost;
  // Lost may turn out to have been late; received is final.
  if (slot.sequence != one.sequence || before == Fate::received || before == now) return;
  slot.fate = now;
  LossBucket& bucket = lossBuckets_[lossAt_];
  if (before == Fate::flying) {
    inflight_ -= slot.sizeBytes;
    bucket.reported += slot.sizeBytes;
  }
  if (before == Fate::lost || (before == Fate::flying && !one.received)) {
    const std::int64_t bytes = before == Fate::lost ? -std::int64_t{slot.sizeBytes} : std::int64_t{slot.sizeBytes};
    bucket.lost += bytes;
  }
  if (one.received) {
    received(slot, one.arrivedUs, nowUs);
  }
  if (one.sequence >= roundEnds_) {
    rounds_++;
    roundEnds_ = newestSent_ + 1;
  }
}

bool PathModel::clockStepped(const Slot& slot, std::int64_t arrivedUs, std::int64_t nowUs) const {
  if (baseBucketAtUs_ == INT64_MIN) return false;
  const std::int64_t base = std::min(baseBuckets_[0], baseBuckets_[1]);
  // No packet waited longer than it was away, and none arrives long before those that left earlier.
  return arrivedUs - slot.sentUs - base > nowUs - slot.sentUs + clockSlackUs || arrivedUs < newestArrivalUs_ - clockBackUs;
}

void PathModel::forgetClock() {
  baseBuckets_[0] = baseBuckets_[1] = INT64_MAX;
  baseBucketAtUs_ = INT64_MIN;
  newestArrivalUs_ = INT64_MIN;
  arrivals_.clear();
  trainFirstSentUs_ = -1;
  heldBytes_ = heldSentUs_ = heldArrivedUs_ = 0;
  heldTrains_ = 0;
}

void PathModel::received(const Slot& slot, std::int64_t arrivedUs, std::int64_t nowUs) {
  delivered_ += slot.sizeBytes;
  if (clockStepped(slot, arrivedUs, nowUs)) forgetClock();
  sampleBase(arrivedUs - slot.sentUs, arrivedUs);
  arrivals_.add(arrivedUs, queueUs_, slot.sizeBytes);
  extendTrain(slot, arrivedUs);
}

void PathModel::sampleBase(std::int64_t owdUs, std::int64_t arrivedUs) {
  newestArrivalUs_ = std::max(newestArrivalUs_, arrivedUs);
  const std::int64_t keepUs = holdBase_ ? heldBaseUs : baseBucketUs;
  if (baseBucketAtUs_ == INT64_MIN || arrivedUs - baseBucketAtUs_ >= keepUs) {
    baseBuckets_[1] = baseBuckets_[0];
    baseBuckets_[0] = INT64_MAX;
    baseBucketAtUs_ = arrivedUs;
  }
  baseBuckets_[0] = std::min(baseBuckets_[0], owdUs);
  const std::int64_t base = std::min(baseBuckets_[0], baseBuckets_[1]);
  queueUs_ = owdUs - base;
  if (queueUs_ < 5'000) baseSeenUs_ = arrivedUs;
}

void PathModel::extendTrain(const Slot& slot, std::int64_t arrivedUs) {
  const bool follows = trainFirstSentUs_ >= 0 && slot.sentUs >= trainLastSentUs_ && arrivedUs >= trainLastArrivedUs_;
  // A pause at the sender says nothing where the packets queue up anyway: then they leave the path without one.
  if (!follows || (slot.sentUs - trainLastSentUs_ > trainGapUs && queueUs_ < 8'000 + (slot.sentUs - trainLastSentUs_))) {
    closeTrain();
    trainFirstSentUs_ = slot.sentUs;
    trainFirstArrivedUs_ = arrivedUs;
    trainBytes_ = 0;
  } else {
    trainBytes_ += slot.sizeBytes;
  }
  trainLastSentUs_ = slot.sentUs;
  trainLastArrivedUs_ = arrivedUs;
  if (trainBytes_ > 0 && trainLastArrivedUs_ - trainFirstArrivedUs_ >= 2 * trainSpanUs) {
    closeTrain();
    trainFirstSentUs_ = slot.sentUs;
    trainFirstArrivedUs_ = arrivedUs;
    trainBytes_ = 0;
  }
}

void PathModel::closeTrain() {
  if (trainFirstSentUs_ < 0 || trainBytes_ == 0) return;
  heldBytes_ += trainBytes_;
  heldSentUs_ += trainLastSentUs_ - trainFirstSentUs_;
  heldArrivedUs_ += trainLastArrivedUs_ - trainFirstArrivedUs_ + (trainLastSentUs_ - trainFirstSentUs_ < 6'000 ? tickUs / 3 : 0);
  heldTrains_++;
  trainFirstSentUs_ = -1;
  if ((heldArrivedUs_ < trainSpanUs || heldBytes_ < leastHeldBytes) && heldTrains_ < maxHeldTrains) return;
  if (heldBytes_ >= leastHeldBytes) {
    const auto bits = static_cast<double>(heldBytes_) * 8e6;
    const auto rate = [bits](std::int64_t us) { return us > 0 ? bits / static_cast<double>(us) : bits; };
    trains_.push_back({rate(heldSentUs_), rate(heldArrivedUs_), heldArrivedUs_});
  }
  heldBytes_ = heldSentUs_ = heldArrivedUs_ = 0;
  heldTrains_ = 0;
}

std::int64_t PathModel::minRttUs(std::int64_t fallbackUs) const {
  std::int64_t least = 0;
  for (const std::int64_t one : rttBuckets_) {
    if (one > 0) least = least == 0 ? one : std::min(least, one);
  }
  return least > 0 ? least : fallbackUs;
}

double PathModel::lossRatio() const {
  std::int64_t lost = 0;
  std::int64_t reported = 0;
  for (const LossBucket& one : lossBuckets_) {
    if (one.startUs <= lossBuckets_[lossAt_].startUs - lossWindowUs) continue;  // from before a pause
    lost += one.lost;
    reported += one.reported;
  }
  return reported > 0 ? static_cast<double>(lost) / static_cast<double>(reported) : 0;
}

void PathModel::forgetLosses() {
  for (LossBucket& one : lossBuckets_) one.lost = one.reported = 0;
}

}  // namespace feimu
