#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace feimu {

/// Queueing delay from two clocks that do not know each other: one-way delay over its smallest value of the last ten
/// seconds, after the clocks' skew was taken out. The skew is the slope of the line under the smallest delays of a
/// minute (Moon, Skelly and Towsley, "Estimation and removal of clock skew from network delay measurements", 1999).
/// A clock that is set makes it start anew. One thread.
class DelayBase {
 public:
  /// A packet that left at `sentUs` of its sender's clock and came at `arrivedUs` of ours; in order of arrival.
  void add(std::int64_t sentUs, std::int64_t arrivedUs);

  /// Of the last packet; never negative.
  [[nodiscard]] double queueDelayUs() const { return queueDelayUs_; }
  /// How much faster our clock runs than the sender's.
  [[nodiscard]] double skewPpm() const { return skew_ * 1e6; }
  /// Starts after the first: steps of a clock, or of the path.
  [[nodiscard]] std::uint64_t restarts() const { return restarts_; }

  static constexpr std::int64_t bucketUs = 1'000'000;
  static constexpr std::int64_t windowUs = 10'000'000;
  static constexpr double maxSkew = 300e-6;           // two crystals of 100 ppm, and some
  static constexpr double fallUs = 5'000;             // below the base by more: the base was another one
  static constexpr double riseUs = 500'000;           // a queue may rise so, but then it moves
  static constexpr double impossibleUs = 10'000'000;  // no queue
  static constexpr std::int64_t risenForUs = 2'000'000;

 private:
  /// Smallest delay of a second. `x`: time of arrival, `y`: delay, both from the start.
  struct Bucket {
    std::int64_t index = -1;
    double x = 0;
    double y = 0;
  };
  static constexpr std::size_t bucketCount = 64;

  void restart(std::int64_t sentUs, std::int64_t arrivedUs);
  void insert(double x, double y);
  bool believesStep(double above, double x);
  double base(std::int64_t newestIndex) const;
  void fitSkew(std::int64_t newestIndex);

  std::array<Bucket, bucketCount> buckets_{};
  bool started_ = false;
  std::int64_t sentOriginUs_ = 0;
  std::int64_t arrivedOriginUs_ = 0;
  std::int64_t lastIndex_ = -1;
  double skew_ = 0;
  int fits_ = 0;
  double queueDelayUs_ = 0;
  std::uint64_t restarts_ = 0;
  bool odd_ = false;  // the last sample fits no queue
  double oddAbove_ = 0;
  bool risen_ = false;
  double risenAtX_ = 0;
  double risenBy_ = 0;
};

}  // namespace feimu
