#include "link/circuit-breaker.h"

#include <algorithm>
#include <cmath>

namespace feimu {

namespace {
constexpr double aboveTcp = 10;                   // §4.3: an order of magnitude
constexpr std::int64_t maxWaitUs = 15'000'000;    // §4.3: max(15 s, 3 Td)
constexpr int rtcpTimeoutReports = 3;             // §4.1
constexpr std::size_t maxIntervals = 4096;

std::int64_t divideUp(std::int64_t value, std::int64_t by) { return (value + by - 1) / by; }
}  // namespace

double CircuitBreaker::tcpBytesPerSecond(double packetBytes, double rttSeconds, double loss) {
  return packetBytes / (rttSeconds * std::sqrt(2 * loss / 3));
}

int CircuitBreaker::mediaTimeoutReports(const Options& options, std::int64_t rttUs) {
  // MEDIA_TIMEOUT = ceil(k * max(Tf, Tr, Tdr) / Tdr)
  const std::int64_t slowest = std::max({options.frameUs, rttUs, options.reportEveryUs});
  return static_cast<int>(divideUp(options.reportsWithoutProgress * slowest, options.reportEveryUs));
}

int CircuitBreaker::congestionReports(const Options& options, std::int64_t rttUs) {
  // CB_INTERVAL = ceil(3 * min(max(10 * G * Tf, 10 * Tr, 3 * Tdr), max(15, 3 * Td)) / (3 * Tdr))
  const std::int64_t slow = std::max({10 * options.framesToAdapt * options.frameUs, 10 * rttUs, 3 * options.reportEveryUs});
  const std::int64_t bound = std::max(maxWaitUs, 3 * options.unreducedEveryUs);
  return static_cast<int>(divideUp(3 * std::min(slow, bound), 3 * options.reportEveryUs));
}

void CircuitBreaker::onSent(std::uint32_t bytes, std::int64_t nowUs) {
  // After a pause the receiver had nothing to report on.
  if (!sending_ || nowUs - sentUs_ > options_.unreducedEveryUs) {
    sending_ = true;
    sendingSinceUs_ = nowUs;
    withoutProgress_ = 0;
  }
  sentUs_ = nowUs;
  current_.bytes += bytes;
  current_.packets++;
}

void CircuitBreaker::onReport(std::uint32_t highestSequence, std::uint8_t fractionLost, std::int64_t rttUs,
                              std::int64_t nowUs) {
  if (options_.oneWay) return;
  const bool first = !reported_;
  const std::int64_t sinceUs = nowUs - reportedUs_;
  reported_ = true;
  reportedUs_ = nowUs;
  // A receiver that began anew counts the wraps of the 16 bits from 0 again.
  const bool progress = first || static_cast<std::int16_t>(highestSequence - highest_) > 0;
  highest_ = highestSequence;
  if (progress) {
    withoutProgress_ = 0;
  } else if (current_.packets > 0 && ++withoutProgress_ >= mediaTimeoutReports(options_, rttUs)) {
    trip_ = Trip::mediaTimeout;
  }
  if (!first && sinceUs > 0) {
    current_.us = sinceUs;
    current_.loss = fractionLost / 256.0;
    intervals_.push_back(current_);
    judgeCongestion(rttUs);
  }
  current_ = {};
}

/// Rate, packet size and loss are means over CB_INTERVAL reports; one bad report among good ones is no congestion that
/// lasts.
void CircuitBreaker::judgeCongestion(std::int64_t rttUs) {
  const std::size_t wanted = std::min(maxIntervals, static_cast<std::size_t>(congestionReports(options_, rttUs)));
  if (intervals_.size() > wanted) intervals_.erase(intervals_.begin(), intervals_.end() - static_cast<std::ptrdiff_t>(wanted));
  if (limitBps_ > 0 && ++reportsUnderLimit_ >= 2 * static_cast<int>(wanted)) limitBps_ = 0;
  if (intervals_.size() < wanted || rttUs <= 0) return;
  double seconds = 0, bytes = 0, packets = 0, loss = 0;
  for (const Interval& interval : intervals_) {
    seconds += static_cast<double>(interval.us) / 1e6;
    bytes += static_cast<double>(interval.bytes);
    packets += static_cast<double>(interval.packets);
    loss += interval.loss / static_cast<double>(intervals_.size());
  }
  if (packets == 0 || loss == 0) return;
  const double rate = bytes / seconds;
  if (rate <= aboveTcp * tcpBytesPerSecond(bytes / packets, static_cast<double>(rttUs) / 1e6, loss)) return;
  // §4.3: a sender that can adapt may fall to a tenth first, and ceases when that does not help.
  if (limitBps_ > 0) {
    trip_ = Trip::congestion;
    return;
  }
  limitBps_ = rate * 8 / 10;
  reportsUnderLimit_ = 0;
  intervals_.clear();
}

void CircuitBreaker::onTick(std::int64_t nowUs) {
  if (options_.oneWay || !sending_ || trip_ != Trip::none) return;
  if (nowUs - sentUs_ > options_.unreducedEveryUs) return;
  const std::int64_t sinceUs = reported_ ? std::max(reportedUs_, sendingSinceUs_) : sendingSinceUs_;
  if (nowUs - sinceUs >= rtcpTimeoutReports * options_.unreducedEveryUs) trip_ = Trip::rtcpTimeout;
}

}  // namespace feimu
