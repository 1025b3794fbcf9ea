#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace feimu {

/// Parity packets for an access unit of `packets` at a ratio of 0 to 0.25: rounded, but at least one when the ratio is
/// not 0. A frame of one packet so costs twice its size: FecPolicy counts that, and reports it as overhead().
std::size_t fecParityPackets(std::size_t packets, double ratio);

/// Chooses the ratio of parity to media packets by what retransmission leaves unrepaired. Pure: no clock. One thread.
///
/// Every ratio is judged on the frames of the last seconds: its cost is the share of packets that it adds, plus
/// `lateFrameCost` times the share of frames that would still lack a packet at their deadline (parity gets lost like
/// media). The cheapest wins. So what no ratio covers (whole frames lost) does not raise it, and the price of small
/// frames is counted. It rises within a few frames of the first failures, and falls slowly as they are forgotten.
class FecPolicy {
 public:
  struct Options {
    std::int64_t deadlineUs = 100'000;   // a frame is late this long after it would have been whole without loss
    std::int64_t detectUs = 5'000;       // from a loss to its NACK, beyond the round trip: reorder guard, waiting
    std::int64_t memoryUs = 10'000'000;  // a frame's weight falls to 1/e in this
    double lateFrameCost = 10;           // 1 % of frames late is as bad as 10 % of overhead
  };
  /// One frame, once the fate of its packets is known or its deadline is over.
  struct Frame {
    std::int64_t nowUs = 0;
    std::uint32_t packets = 0;   // of media, first sendings
    std::uint32_t lost = 0;      // of those
    std::uint32_t resent = 0;    // of the lost: retransmitted because the receiver asked
    std::uint32_t repaired = 0;  // of the resent: arrived before the deadline
  };

  FecPolicy();
  explicit FecPolicy(const Options& options);
  /// Smoothed round-trip time. A loss that nobody asked for (FEC brought it first, or there was no time to ask) counts
  /// as unrepaired when a retransmission would have come too late, else by the share of retransmissions that fail.
  void setRtt(std::int64_t rttUs);
  void onFrame(const Frame& frame);
  /// 0 to 0.25, to be given to fecParityPackets().
  [[nodiscard]] double ratio() const;
  /// Parity packets over media packets that this ratio costs with frames as they are: what the encoder must leave free.
  [[nodiscard]] double overhead() const;
  /// Share of packets that retransmission could not bring in time, lately.
  [[nodiscard]] double unrepaired() const;

 private:
  static constexpr std::array<double, 6> kRatios{0, 0.05, 0.10, 0.15, 0.20, 0.25};
  struct Candidate {
    double parity = 0;      // packets
    double lateFrames = 0;  // expected
  };
  [[nodiscard]] double overhead(std::size_t level) const;
  [[nodiscard]] double cost(std::size_t level) const;

  Options options_;
  std::int64_t rttUs_ = 0;
  std::int64_t lastUs_ = -1;  // none yet
  double frames_ = 0, packets_ = 0, lost_ = 0, resent_ = 0, failed_ = 0, unrepaired_ = 0;  // all decayed
  std::array<Candidate, kRatios.size()> candidates_{};
  std::size_t level_ = 0;
};

}  // namespace feimu
