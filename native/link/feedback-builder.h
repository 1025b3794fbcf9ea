#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "link/rtcp.h"

namespace feimu {

/// When packets of one numbering came, and how much of that was reported. One thread.
class ArrivalHistory {
 public:
  struct Range {
    std::int64_t begin = 0;
    std::int64_t end = 0;  // not included
    [[nodiscard]] std::int64_t size() const { return end - begin; }
  };
  struct Arrival {
    std::int64_t sequence = std::numeric_limits<std::int64_t>::min();
    std::int64_t arrivedUs = 0;
    std::uint8_t ecn = 0;
  };

  ArrivalHistory() : arrivals_(span) {}
  void add(std::int64_t sequence, std::int64_t arrivedUs, std::uint8_t ecn);
  /// Null: did not come.
  [[nodiscard]] const Arrival* find(std::int64_t sequence) const;
  /// What was not reported yet, up to the first gap that may still be reordering.
  [[nodiscard]] Range fresh(std::int64_t nowUs, std::int64_t reorderUs) const;
  /// When the gap that holds `fresh` back is old enough; the largest value when there is none.
  [[nodiscard]] std::int64_t gapRipeUs(std::int64_t nowUs, std::int64_t reorderUs) const;
  /// How far back a report should begin, so that it says what the one before said, and what came late since.
  [[nodiscard]] std::int64_t repeatFrom(const Range& fresh) const;
  /// The same for what came late only.
  [[nodiscard]] std::int64_t lateFrom(const Range& fresh) const;
  void onReported(const Range& fresh);
  void reset();

  static constexpr std::int64_t span = 1024;  // packets

 private:
  std::size_t slot(std::int64_t sequence) const { return static_cast<std::size_t>(sequence) & (span - 1); }
  std::int64_t firstGap(std::int64_t nowUs, std::int64_t reorderUs, std::int64_t& ripeUs) const;

  std::vector<Arrival> arrivals_;
  bool started_ = false;
  std::int64_t oldest_ = 0;
  std::int64_t newest_ = 0;
  std::int64_t reported_ = 0;       // the first that was not
  std::int64_t lastBegin_ = 0;      // of the last report's fresh part
  std::int64_t lateFrom_ = std::numeric_limits<std::int64_t>::max();
};

/// Makes congestion feedback: RFC 8888 over all streams of a link, or transport-wide (draft-holmer). A report is due with
/// the last packet of a frame, and `everyUs` after the first packet that no report has told of, but never sooner than
/// `everyUs` after the report before. RFC 8888 reports tell once more what the one before told, so that a lost report
/// loses nothing. One thread.
class FeedbackBuilder {
 public:
  enum class Kind { none, transportWide, congestion };
  struct Options {
    Kind kind = Kind::congestion;
    std::uint32_t ownSsrc = 0;
    std::int64_t everyUs = 5'000;
    std::int64_t reorderUs = 2'000;
  };

  explicit FeedbackBuilder(const Options& options) : options_(options) {}

  /// For Kind::congestion: `sequence` unwrapped, `ecn` the two bits of the IP header.
  void onPacket(std::uint32_t ssrc, std::int64_t sequence, std::int64_t arrivedUs, std::uint8_t ecn, bool endsFrame);
  /// For Kind::transportWide.
  void onTransportSequence(std::uint32_t mediaSsrc, std::uint16_t sequence, std::int64_t arrivedUs, bool endsFrame);
  [[nodiscard]] std::int64_t wakeUs() const { return wakeUs_; }
  /// Appends a report, if one is due, of at most `maxBytes`.
  bool build(std::int64_t nowUs, std::size_t maxBytes, std::vector<std::uint8_t>& out);
  /// Another stream with this SSRC began.
  void resetStream(std::uint32_t ssrc);
  void reset();

  static constexpr std::size_t maxStreams = 4;

 private:
  struct Stream {
    std::uint32_t ssrc = 0;
    bool used = false;
    std::int64_t usedUs = 0;
    ArrivalHistory history;
  };
  void onArrival(std::int64_t arrivedUs, bool endsFrame);
  Stream& stream(std::uint32_t ssrc, std::int64_t arrivedUs);
  bool buildCongestion(std::int64_t nowUs, std::size_t maxBytes, std::vector<std::uint8_t>& out, bool& complete);
  bool buildTransport(std::int64_t nowUs, std::size_t maxBytes, std::vector<std::uint8_t>& out, bool& complete);

  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  const Options options_;
  std::array<Stream, maxStreams> streams_{};  // transport-wide: the first only
  std::int64_t transportNewest_ = 0;
  std::uint32_t transportSsrc_ = 0;
  std::uint8_t transportCount_ = 0;
  std::int64_t reportedUs_ = std::numeric_limits<std::int64_t>::min() / 2;
  std::int64_t wakeUs_ = never;
  RtcpMessage message_;  // keeps its capacity
};

}  // namespace feimu
