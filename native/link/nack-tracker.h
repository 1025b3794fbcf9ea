#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace feimu {

/// Which packets are missing, and when to ask for them (RFC 4585 generic NACK). Sequence numbers are unwrapped.
/// One thread.
class NackTracker {
 public:
  struct Options {
    /// A packet is given up this long after the gap was seen.
    std::int64_t deadlineUs = 100'000;
    /// A gap younger than this may be reordering. (The other half of the guard, one packet, is what shows the gap.)
    std::int64_t reorderUs = 2'000;
    int maxTries = 10;
    std::size_t capacity = 1024;
  };
  enum class Arrival {
    expected,   // was not missing
    reordered,  // on its own
    repaired,   // because it was asked for
  };
  struct Stats {
    std::uint64_t lost = 0;   // missing for longer than reorderUs; not those that came on their own after all
    std::uint64_t asked = 0;  // numbers in NACKs, each time they are asked for
  };

  NackTracker() : NackTracker(Options{}) {}
  explicit NackTracker(const Options& options) : options_(options) { missing_.reserve(options.capacity); }

  /// `count` packets from `first` on were passed over; newer than any before.
  void onMissing(std::int64_t first, std::int64_t count, std::int64_t nowUs);
  /// `retransmission`: it says so itself (RTX), which makes it a sample of the round trip.
  Arrival onArrived(std::int64_t sequence, std::int64_t nowUs, bool retransmission);
  /// Another means (FEC) brought it back, perhaps before its gap was seen.
  void onRecovered(std::int64_t sequence);
  /// Fills `out` with what is to be asked for now, oldest first, at most `most`; `wants` says what still helps.
  void collect(std::int64_t nowUs, std::size_t most, const std::function<bool(std::int64_t)>& wants,
               std::vector<std::uint16_t>& out);
  /// Counts what became a loss and forgets what cannot come any more.
  void expire(std::int64_t nowUs);
  void reset();

  [[nodiscard]] std::int64_t wakeUs() const { return wakeUs_; }
  /// Smoothed, gain 1/8 (RFC 6298 §2); 0 before the first sample and when the last one is older than rttLifeUs.
  [[nodiscard]] std::int64_t rttUs(std::int64_t nowUs) const;
  [[nodiscard]] const Stats& stats() const { return stats_; }

  static constexpr std::int64_t rttLifeUs = 5'000'000;
  static constexpr std::int64_t firstRttUs = 50'000;  // until there is a sample
  static constexpr std::int64_t marginUs = 5'000;

 private:
  struct Missing {
    std::int64_t sequence = 0;
    std::int64_t seenUs = 0;
    std::int64_t firstAskedUs = 0;
    std::int64_t askedUs = 0;
    int tries = 0;
    bool lost = false;
  };
  std::vector<Missing>::iterator find(std::int64_t sequence);
  void countLost(Missing& missing);
  void sampleRtt(std::int64_t rttUs, std::int64_t nowUs);
  std::int64_t dueUs(const Missing& missing, std::int64_t nowUs) const;

  Options options_;
  Stats stats_;
  std::vector<Missing> missing_;  // by sequence
  std::int64_t wakeUs_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t rttUs_ = 0;
  std::int64_t rttDeviationUs_ = 0;
  std::int64_t rttSampledUs_ = 0;
};

}  // namespace feimu
