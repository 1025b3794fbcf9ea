#include "link/nack-tracker.h"

#include <algorithm>
#include <cstdlib>

namespace feimu {

namespace {
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
}

void NackTracker::onMissing(std::int64_t first, std::int64_t count, std::int64_t nowUs) {
  const auto capacity = static_cast<std::int64_t>(options_.capacity);
  if (count > capacity) {
    // More than can be tracked, let alone asked for.
    stats_.lost += static_cast<std::uint64_t>(count - capacity);
    first += count - capacity;
    count = capacity;
  }
  const auto room = static_cast<std::int64_t>(options_.capacity - missing_.size());
  if (count > room) {
    const auto end = missing_.begin() + (count - room);
    for (auto oldest = missing_.begin(); oldest != end; oldest++) countLost(*oldest);
    missing_.erase(missing_.begin(), end);
  }
  for (std::int64_t i = 0; i < count; i++) missing_.push_back({.sequence = first + i, .seenUs = nowUs});
  if (count > 0) wakeUs_ = std::min(wakeUs_, nowUs + options_.reorderUs);
}

std::vector<NackTracker::Missing>::iterator NackTracker::find(std::int64_t sequence) {
  const auto found = std::lower_bound(missing_.begin(), missing_.end(), sequence,
                                      [](const Missing& missing, std::int64_t value) { return missing.sequence < value; });
  return found != missing_.end() && found->sequence == sequence ? found : missing_.end();
}

NackTracker::Arrival NackTracker::onArrived(std::int64_t sequence, std::int64_t nowUs, bool retransmission) {
  if (missing_.empty()) return Arrival::expected;
  const auto found = find(sequence);
  if (found == missing_.end()) return Arrival::expected;
  const std::int64_t rtt = rttUs(nowUs);
  // Sooner than an answer can come, it came by itself.
  const bool asked = found->tries > 0 && (retransmission || nowUs - found->firstAskedUs >= rtt / 2);
  if (asked && retransmission) {
    // Which of several requests was answered is not known (Karn): without an estimate, an upper bound is better than none.
    if (found->tries == 1) sampleRtt(nowUs - found->askedUs, nowUs);
    if (found->tries > 1 && rtt == 0) sampleRtt(nowUs - found->firstAskedUs, nowUs);
  }
  const bool repaired = asked || retransmission;
  if (repaired) {
    countLost(*found);
  } else if (found->lost) {
    stats_.lost--;
  }
  missing_.erase(found);
  return repaired ? Arrival::repaired : Arrival::reordered;
}

void NackTracker::onRecovered(std::int64_t sequence) {
  const auto found = find(sequence);
  if (found == missing_.end()) {
    stats_.lost++;
    return;
  }
  countLost(*found);
  missing_.erase(found);
}

void NackTracker::countLost(Missing& missing) {
  if (!missing.lost) stats_.lost++;
  missing.lost = true;
}

std::int64_t NackTracker::dueUs(const Missing& missing, std::int64_t nowUs) const {
  const std::int64_t known = rttUs(nowUs);
  const std::int64_t rtt = known != 0 ? known : firstRttUs;
  const std::int64_t due = missing.tries == 0
                               ? missing.seenUs + options_.reorderUs
                               : missing.askedUs + rtt + std::max(marginUs, 2 * rttDeviationUs_);
  if (missing.tries >= options_.maxTries) return never;
  // Asking is of no use when the answer comes too late.
  return std::max(due, nowUs) + known > missing.seenUs + options_.deadlineUs ? never : due;
}

void NackTracker::collect(std::int64_t nowUs, std::size_t most, const std::function<bool(std::int64_t)>& wants,
                          std::vector<std::uint16_t>& out) {
  out.clear();
  for (Missing& missing : missing_) {
    if (out.size() >= most) break;
    if (dueUs(missing, nowUs) > nowUs || !wants(missing.sequence)) continue;
    if (missing.tries++ == 0) missing.firstAskedUs = nowUs;
    missing.askedUs = nowUs;
    out.push_back(static_cast<std::uint16_t>(missing.sequence));
  }
  stats_.asked += out.size();
}

void NackTracker::expire(std::int64_t nowUs) {
  if (nowUs < wakeUs_) return;
  wakeUs_ = never;
  for (Missing& missing : missing_) {
    const std::int64_t lostUs = missing.seenUs + options_.reorderUs;
    if (nowUs >= lostUs) countLost(missing);
    const std::int64_t endUs = missing.seenUs + options_.deadlineUs;
    const std::int64_t due = dueUs(missing, nowUs);
    // What is due and was not asked for is not wanted now, but may be later.
    wakeUs_ = std::min({wakeUs_, missing.lost ? endUs : lostUs, due > nowUs ? due : nowUs + options_.reorderUs});
  }
  std::erase_if(missing_, [&](const Missing& missing) { return nowUs >= missing.seenUs + options_.deadlineUs; });
  if (missing_.empty()) wakeUs_ = never;
}

std::int64_t NackTracker::rttUs(std::int64_t nowUs) const {
  return rttUs_ != 0 && nowUs - rttSampledUs_ < rttLifeUs ? rttUs_ : 0;
}

void NackTracker::sampleRtt(std::int64_t sampleUs, std::int64_t nowUs) {
  sampleUs = std::max<std::int64_t>(1, sampleUs);
  if (rttUs(nowUs) == 0) {
    rttUs_ = sampleUs;
    rttDeviationUs_ = sampleUs / 2;
  } else {
    rttDeviationUs_ += (std::abs(rttUs_ - sampleUs) - rttDeviationUs_) / 4;
    rttUs_ += (sampleUs - rttUs_) / 8;
  }
  rttSampledUs_ = nowUs;
}

void NackTracker::reset() {
  missing_.clear();
  wakeUs_ = never;
}

}  // namespace feimu
