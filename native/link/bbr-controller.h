#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <random>

#include "link/congestion-controller.h"
#include "link/path-model.h"

namespace feimu {

/// BBR (draft-ietf-ccwg-bbr) changed for a source that sends one picture every few milliseconds.
struct BbrOptions {
  double minBps = 150e3;        // the source cannot send less; with headers, as all rates here
  double maxBps = 10e6;         // nor use more
  double startBps = 1e6;        // before anything is known
  std::int64_t frameUs = 33'333;
  std::uint32_t seed = 1;       // of the waits between probes
  // Deviations from the draft, to be measured one by one (`bench link --without NAME`).
  bool trains = true;           // bandwidth from the frames' own bursts, not from the rate of delivery
  bool standing = true;         // a queue that does not drain between frames bounds the rate
  bool quickDrop = true;        // one slow train with a growing queue is enough
  bool shares = true;           // cut by the share of the path, grow by what is left of it
  bool blind = true;            // feedback that stays away freezes
  bool competing = true;        // gives up on delay beside a flow that fills every queue
  bool roomy = true;            // with room to spare frames leave faster than what is known of the path
};

class BbrController final : public CongestionController {
 public:
  explicit BbrController(const BbrOptions& options);
  void onSent(const SentPacket& packet) override;
  void onFeedback(const FeedbackReport& report) override;
  void onTick(std::int64_t nowUs) override;
  [[nodiscard]] std::int64_t wakeUs() const override;
  [[nodiscard]] RateTarget target() const override;
  [[nodiscard]] std::int64_t inflightBytes() const override { return model_.inflightBytes(); }
  [[nodiscard]] const PathModel& model() const { return model_; }

 private:
  enum class State { startup, drain, down, cruise, refill, up, probeRtt };
  static std::string_view nameOf(State state);

  [[nodiscard]] bool noisy() const;
  [[nodiscard]] bool roomy() const;
  [[nodiscard]] double bandwidth() const;
  [[nodiscard]] double maxBandwidth() const;
  void enter(State state, std::int64_t nowUs);
  void takeTrain(const Train& train, std::int64_t nowUs);
  void advanceFilter(std::int64_t nowUs);
  void overload(double carriedBps, std::int64_t nowUs);
  void watchQueue(std::int64_t nowUs);
  void watchLosses(std::int64_t nowUs);
  void grow(std::int64_t nowUs);
  void advanceState(std::int64_t nowUs);
  void watchBase(std::int64_t standing, std::int64_t nowUs);
  void updateCompeting(std::int64_t nowUs);
  [[nodiscard]] std::int64_t standingLimitUs() const;

  BbrOptions options_;
  PathModel model_;
  std::mt19937 random_;
  State state_ = State::startup;
  std::int64_t stateSinceUs_ = 0;
  std::int64_t stateRound_ = 0;

  // max_bw: the largest of this probe cycle and the one before (draft §5.5.5); 0 = nothing known.
  std::array<double, 2> cycleMax_{};
  /// The last samples of one sort.
  struct Recent {
    std::array<double, 5> last{};
    std::size_t at = 0;
    void take(double sample) { last[at++ % last.size()] = sample; }
    /// The n-th smallest; a missing one counts as 0.
    [[nodiscard]] double rank(std::size_t n) const {
      auto sorted = last;
      std::sort(sorted.begin(), sorted.end());
      return sorted[n];
    }
    [[nodiscard]] double rankOfThree() const {
      std::array<double, 3> three{};
      for (std::size_t i = 0; i < three.size() && i < at; i++) three[i] = last[(at - 1 - i) % last.size()];
      std::sort(three.begin(), three.end());
      return three[1];
    }
  };
  Recent limited_;
  Recent unlimited_;
  std::int64_t cycleSinceUs_ = 0;
  double highBw_ = 0;
  int learned_ = 0;                 // path-limited samples in this cycle
  double upStartBw_ = 0;
  int plateau_ = 0;
  double upGain_ = 2;
  double lossBeforeUp_ = 0;

  // bw_shortterm: infinite until the path was overloaded.
  double shortBw_ = 0;  // 0 = infinite
  double noiseUs_ = 0;         // how the path's delay varies by itself
  std::int64_t noiseSinceUs_ = 0;
  double cutBw_ = 0;    // what the path carried when it was
  std::int64_t noCutBeforeUs_ = 0;
  std::int64_t grewUs_ = 0;
  std::int64_t waitUs_ = 0;

  bool competing_ = false;
  std::int64_t queueHighSinceUs_ = -1;
  std::int64_t highQueueUs_ = 0;    // the highest since then
  struct Steady {
    std::int64_t sinceUs = 0, lowUs = 0, highUs = 0;
  } steady_;                        // for how long it hardly changed
  std::int64_t queueLowSinceUs_ = -1;

  std::int64_t heardUs_ = -1;       // last feedback
  std::int64_t gapUs_ = 0;          // between reports
  std::int64_t sentSinceUs_ = -1;   // first packet after it
  bool blind_ = false;
  std::int64_t blindSinceUs_ = 0;
  std::int64_t probeRttUs_ = 0;
};

}  // namespace feimu
