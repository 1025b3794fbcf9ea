#pragma once
#include <cstdint>
#include <vector>

namespace feimu {

/// When a sender must stop, whatever its congestion control believes (RFC 8083). It is fed with what was sent and with
/// the report blocks that came back. No clock of its own. One thread.
class CircuitBreaker {
 public:
  struct Options {
    bool oneWay = false;                          // its owner says that nothing comes back: never trips
    std::int64_t reportEveryUs = 1'000'000;       // Tdr: what the receiver's reports follow, fixed or RFC 3550 §6.3
    std::int64_t unreducedEveryUs = 5'000'000;    // Td: the same with the minimum of 5 s (§4.1)
    std::int64_t frameUs = 33'333;                // Tf
    int framesToAdapt = 1;                        // G: frames until the encoder follows a new rate
    int reportsWithoutProgress = 5;               // k (§4.2)
  };
  enum class Trip { none, rtcpTimeout, mediaTimeout, congestion };

  explicit CircuitBreaker(const Options& options) : options_(options) {}

  void onSent(std::uint32_t bytes, std::int64_t nowUs);
  /// A report block on our stream: its extended highest sequence number, and its fraction lost in 1/256. `rttUs`: 0
  /// while unknown.
  void onReport(std::uint32_t highestSequence, std::uint8_t fractionLost, std::int64_t rttUs, std::int64_t nowUs);
  /// At least once a second.
  void onTick(std::int64_t nowUs);

  /// Anything but `none`: cease sending.
  [[nodiscard]] Trip tripped() const { return trip_; }
  /// After the first sign of congestion: send no more than this, a tenth of before (§4.3). 0: no limit.
  [[nodiscard]] double limitBps() const { return limitBps_; }

  /// What TCP would get, bytes/s (§4.3, the simplified equation with b = 1). `loss`: 0 to 1.
  static double tcpBytesPerSecond(double packetBytes, double rttSeconds, double loss);
  /// §4.2 and §4.3, in reports.
  static int mediaTimeoutReports(const Options& options, std::int64_t rttUs);
  static int congestionReports(const Options& options, std::int64_t rttUs);

 private:
  struct Interval {
    std::int64_t us = 0;
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    double loss = 0;
  };
  void judgeCongestion(std::int64_t rttUs);

  const Options options_;
  Trip trip_ = Trip::none;
  double limitBps_ = 0;
  int reportsUnderLimit_ = 0;
  bool sending_ = false;
  std::int64_t sendingSinceUs_ = 0;
  std::int64_t sentUs_ = 0;
  bool reported_ = false;
  std::int64_t reportedUs_ = 0;
  std::uint32_t highest_ = 0;
  int withoutProgress_ = 0;
  Interval current_;
  std::vector<Interval> intervals_;  // oldest first, CB_INTERVAL of them
};

/// A receiver's view: whether media that came has stopped coming. One thread.
class MediaWatch {
 public:
  /// MEDIA_TIMEOUT (RFC 8083 §4.2) with k = 5 and a report a second.
  static constexpr std::int64_t timeoutUs = 5'000'000;
  void onMedia(std::int64_t nowUs) {
    started_ = true;
    lastUs_ = nowUs;
  }
  [[nodiscard]] bool broken(std::int64_t nowUs) const { return started_ && nowUs - lastUs_ >= timeoutUs; }
  [[nodiscard]] bool alive(std::int64_t nowUs) const { return started_ && nowUs - lastUs_ < timeoutUs; }
  [[nodiscard]] std::int64_t lastUs() const { return lastUs_; }

 private:
  bool started_ = false;
  std::int64_t lastUs_ = 0;
};

}  // namespace feimu
