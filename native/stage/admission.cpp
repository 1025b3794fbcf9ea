#include "stage/admission.h"

#include <algorithm>

namespace feimu::stage {

void Admission::add(CommentSpec comment, std::int64_t nowUs) {
  if (size() >= maxWaiting) {
    // Whoever is lowest, the newcomer among them.
    std::size_t lowest = ranks - 1;
    while (queues_[lowest].empty()) --lowest;
    ++displaced_;
    if (static_cast<std::size_t>(comment.rank) > lowest) return;
    queues_[lowest].pop_front();
  }
  const auto rank = static_cast<std::size_t>(comment.rank);
  auto& queue = queues_[rank];
  if (queue.empty()) {
    // Nobody saves turns while nobody of their rank waits.
    std::uint64_t least = UINT64_MAX;
    for (std::size_t other = 0; other < ranks; other++) {
      if (!queues_[other].empty()) least = std::min(least, pass_[other]);
    }
    if (least != UINT64_MAX) pass_[rank] = std::max(pass_[rank], least);
  }
  queue.push_back({std::move(comment), nowUs, 0, {}});
}

void Admission::putBack(CommentSpec comment, std::int64_t sinceUs) {
  queues_[static_cast<std::size_t>(Rank::chat)].push_front({std::move(comment), sinceUs, 0, {}});
}

std::size_t Admission::size() const {
  std::size_t all = 0;
  for (const auto& queue : queues_) all += queue.size();
  return all;
}

std::size_t Admission::turn(const std::array<std::size_t, ranks>& at,
                            const std::array<std::uint32_t, ranks>& refusals) const {
  std::size_t next = ranks;
  for (std::size_t rank = 0; rank < ranks; rank++) {
    if (at[rank] >= queues_[rank].size() || refusals[rank] >= maxRefusals) continue;
    if (next == ranks || pass_[rank] < pass_[next]) next = rank;
  }
  return next;
}

}  // namespace feimu::stage
