#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "stage/font-stack.h"
#include "stage/lane-allocator.h"

namespace feimu::stage {

/// Who goes first where there is no room for all.
enum class Rank : std::uint8_t { paid = 0, host = 1, guard = 2, chat = 3 };

struct CommentSpec {
  std::string id;
  std::string author;            // its id; may be empty
  std::string text;              // cleaned UTF-8
  std::uint32_t colour = 0xFFFFFF;
  Mode mode = Mode::scroll;
  double sizeScale = 1;          // times the comments' size
  std::uint32_t count = 1;       // how often it was said; "×N" stands beside it from 2 on
  Rank rank = Rank::chat;
};

/// Comments that wait for a place on the stage, a queue a rank. Each rank is asked in turn, the higher the more often, so that none
/// starves another. Times are the display's, microseconds. The GL thread only.
class Admission {
 public:
  static constexpr std::size_t ranks = 4;
  static constexpr std::size_t maxWaiting = 512;
  /// A stage that is full is not asked again for every one of hundreds that wait.
  static constexpr std::uint32_t maxRefusals = 8;
  static constexpr std::int64_t shrinkAfterUs = 1'000'000;
  static constexpr std::int64_t maxWaitUs = 2'000'000;
  /// What was paid for, and the room's own people.
  static constexpr std::int64_t maxRankedWaitUs = 8'000'000;
  static constexpr double shrunkScale = 0.8;

  struct Waiting {
    CommentSpec comment;
    std::int64_t sinceUs = 0;
    float sizePx = 0;            // 0: to be shaped
    ShapedText shaped;
  };

  /// Where too many wait, the oldest of the lowest rank goes.
  void add(CommentSpec comment, std::int64_t nowUs);
  /// A chat that was admitted waits again, before all others.
  void putBack(CommentSpec comment, std::int64_t sinceUs);
  /// Asks `enter` for one after the other; true: it has left the queue. Each rank is asked until it was refused `maxRefusals` times.
  template <class Enter>
  void admit(const Enter& enter);
  /// Takes out who has waited too long, telling `gone`, and lets smaller who has waited for long.
  template <class Gone>
  void expire(std::int64_t nowUs, const Gone& gone);
  template <class Which>
  void eraseIf(const Which& which) {
    for (auto& queue : queues_) std::erase_if(queue, which);
  }
  template <class Each>
  void forEach(const Each& each) {
    for (auto& queue : queues_) {
      for (auto& waiting : queue) each(waiting);
    }
  }
  void clear() {
    for (auto& queue : queues_) queue.clear();
  }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::uint64_t displaced() const { return displaced_; }

 private:
  /// The rank whose turn it is among those that may be asked; `ranks`: none.
  [[nodiscard]] std::size_t turn(const std::array<std::size_t, ranks>& at,
                                 const std::array<std::uint32_t, ranks>& refusals) const;
  /// Stride scheduling: who has the smallest pass is next, and its stride is added when one entered.
  static constexpr std::array<std::uint64_t, ranks> stride{1, 2, 4, 8};
  std::array<std::deque<Waiting>, ranks> queues_;
  std::array<std::uint64_t, ranks> pass_{};
  std::uint64_t displaced_ = 0;
};

template <class Enter>
void Admission::admit(const Enter& enter) {
  std::array<std::size_t, ranks> at{};
  std::array<std::uint32_t, ranks> refusals{};
  for (std::size_t rank; (rank = turn(at, refusals)) < ranks;) {
    auto& queue = queues_[rank];
    if (enter(queue[at[rank]])) {
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(at[rank]));
      pass_[rank] += stride[rank];
    } else {
      ++at[rank];
      ++refusals[rank];
    }
  }
}

template <class Gone>
void Admission::expire(std::int64_t nowUs, const Gone& gone) {
  for (std::size_t rank = 0; rank < ranks; rank++) {
    auto& queue = queues_[rank];
    const std::int64_t most = rank == static_cast<std::size_t>(Rank::chat) ? maxWaitUs : maxRankedWaitUs;
    while (!queue.empty() && nowUs - queue.front().sinceUs > most) {
      gone(queue.front());
      queue.pop_front();
    }
    for (auto& waiting : queue) {
      if (nowUs - waiting.sinceUs <= shrinkAfterUs) break;
      if (waiting.comment.sizeScale != 1) continue;
      waiting.comment.sizeScale = shrunkScale;
      waiting.sizePx = 0;
    }
  }
}

}  // namespace feimu::stage
