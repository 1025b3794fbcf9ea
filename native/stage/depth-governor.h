#pragma once
#include <cstdint>

namespace feimu::stage {

/// How far ahead the comments are drawn where nobody set it: with the picture, or one refresh before it on a machine
/// that has missed refreshes. Never further: a comment that is taken back late is worse than a missed refresh.
class DepthGovernor {
 public:
  static constexpr std::uint32_t missesToDeepen = 3;
  static constexpr std::uint32_t windowTurns = 120;
  static constexpr std::uint32_t calmTurns = 1'800;

  /// One turn of the stage, with or without comments on it. Returns the depth for the next one.
  std::uint32_t turn(std::uint64_t missed, bool comments) {
    if (++turns_ >= windowTurns) {
      turns_ = 0;
      misses_ = 0;
    }
    // Misses without comments have another cause.
    if (missed > 0 && comments) {
      misses_ += missed;
      calm_ = 0;
    } else {
      ++calm_;
    }
    if (misses_ >= missesToDeepen) depth_ = 2;
    if (calm_ >= calmTurns) depth_ = 1;
    return depth_;
  }

 private:
  std::uint32_t depth_ = 1;
  std::uint32_t turns_ = 0;
  std::uint64_t misses_ = 0;
  std::uint64_t calm_ = 0;
};

}  // namespace feimu::stage
