#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "link/congestion-controller.h"
#include "link/fec-policy.h"
#include "link/fec.h"
#include "link/feedback-reader.h"
#include "link/frame-budget.h"
#include "link/link-end.h"
#include "link/packet-ring.h"
#include "link/resend-queue.h"
#include "link/rtcp.h"
#include "link/rtp-packet.h"
#include "link/sent-history.h"

namespace feimu {

/// The sending end of a link: takes packets from the ring, paces them, repairs what is lost while it can still help,
/// and feeds the congestion controller. One thread; `state()` any.
class LinkSender final : public LinkEnd {
 public:
  struct Options {
    std::uint32_t mediaSsrc = 1, rtxSsrc = 2, fecSsrc = 3;
    std::uint8_t mediaPayloadType = 96, rtxPayloadType = 97, fecPayloadType = 98;
    std::uint8_t transportSequenceId = 3;  // header extensions; 0: none
    std::uint8_t captureTimeId = 4;
    std::uint8_t playoutDelayId = 0;
    std::int64_t quantumUs = 1'000;        // of the pacing rate leave at once
    bool pacing = true;                    // false: everything at once, for comparison
    double pacingOfMedia = 0;              // not 0: at this many times the media's rate, for comparison
    bool rtx = true;
    bool fec = true;
    std::int64_t firstFlightBytes = 15'000;  // leave at once, before anything is known: ten packets (RFC 6928 §2)
    std::int64_t deadlineUs = 100'000;     // after which a picture is of no use
    /// The receiver shows nothing until what it misses has come (browsers): what cannot be repeated wants an IDR.
    bool waitsForLost = false;
    std::int64_t frameUs = 33'333;
    std::uint32_t overheadBytes = 28;      // IP and UDP; more with SRTP
    std::int64_t unixOffsetUs = 0;         // from CLOCK_MONOTONIC to microseconds since 1970
  };
  struct Stats {
    std::uint64_t packets = 0, bytes = 0;  // all, with IP and UDP
    std::uint64_t resent = 0, parity = 0, probes = 0;
    std::uint64_t nacked = 0, tooLate = 0; // asked for; of those what could not have arrived in time
    std::uint64_t keyRequests = 0, droppedUnsent = 0, malformed = 0, lies = 0;
    double fecRatio = 0;
    std::int64_t rttUs = 0;
    RateTarget target;
  };

  LinkSender(const Options& options, PacketRing& ring, std::unique_ptr<CongestionController> controller);
  void onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) override;
  std::size_t next(std::int64_t nowUs, std::span<std::uint8_t> out) override;
  [[nodiscard]] std::int64_t wakeUs() const override;
  /// What the last datagram said.
  [[nodiscard]] const std::vector<RtcpMessage>& messages() const { return messages_; }
  [[nodiscard]] LinkState& state() { return state_; }
  [[nodiscard]] Stats stats() const;
  [[nodiscard]] const CongestionController& controller() const { return *controller_; }

 private:
  /// An access unit whose packets' fate is not known yet.
  struct Flight {
    std::int64_t captureUs = 0;
    FecPolicy::Frame fate;
  };
  /// What a packet holds besides its header and payload.
  struct Extras {
    std::int64_t captureUs = -1;   // told when not below 0
    std::uint16_t original = 0;    // of a retransmission
    bool probe = false;
  };
  using Pieces = std::span<const std::span<const std::uint8_t>>;

  std::size_t write(LinkStream stream, const RtpHeader& header, std::int64_t frame, Pieces pieces, const Extras& extras,
                    std::int64_t nowUs, std::span<std::uint8_t> out);
  std::size_t writeAgain(const RingPacket& packet, std::int64_t frame, bool probe, std::int64_t nowUs, std::span<std::uint8_t> out);
  std::size_t sendRetransmission(std::int64_t nowUs, std::span<std::uint8_t> out);
  std::size_t sendMedia(std::int64_t nowUs, std::span<std::uint8_t> out);
  RingPacket* nextMedia(std::int64_t nowUs);
  std::size_t sendParity(std::int64_t nowUs, std::span<std::uint8_t> out);
  std::size_t sendProbe(std::int64_t nowUs, std::span<std::uint8_t> out);
  std::size_t sendReport(std::int64_t nowUs, std::span<std::uint8_t> out);
  void beginFrame(const RingPacket& packet);
  void makeParity(std::int64_t nowUs);
  [[nodiscard]] double pacingBps() const;
  void pay(std::size_t bytes, std::int64_t nowUs);
  bool windowAllows(std::size_t bytes);

  void take(const RtcpMessage& message, std::int64_t nowUs);
  void takeNack(const Nack& nack, std::int64_t nowUs);
  void takeReport(const ReportBlock& block, std::int64_t nowUs);
  void takeFeedback(std::int64_t nowUs);
  void smoothRtt(std::int64_t rttUs);
  void settleFlights(std::int64_t nowUs);
  void publish(std::int64_t nowUs);
  [[nodiscard]] std::uint64_t ntp(std::int64_t nowUs) const;
  [[nodiscard]] Flight* flight(std::int64_t frame);

  const Options options_;
  PacketRing& ring_;
  std::unique_ptr<CongestionController> controller_;
  LinkState state_;
  Stats stats_;
  RateTarget target_;

  SentHistory history_;
  FeedbackReader reader_;
  std::vector<RtcpMessage> messages_;
  std::int64_t rttUs_ = 0;
  bool rttReported_ = false;       // by a receiver report: without the time that feedback was held back

  std::int64_t nextUs_ = 0;        // pacing
  std::int64_t quantumBytes_;      // left of this one
  bool idle_ = true;               // nothing could leave last time
  bool windowFull_ = false;
  std::int64_t probeUs_ = 0;
  std::int64_t expiredUs_ = 0;

  std::int64_t reportUs_ = 0;
  std::array<std::uint32_t, 4> reportsNtp_{};  // of the last sender reports, middle 32 bits
  std::size_t reportAt_ = 0;
  std::uint32_t mediaPackets_ = 0, mediaOctets_ = 0;
  std::uint32_t timestamp_ = 0;    // of the media packet sent last, as the three below
  std::int64_t timestampUs_ = 0;
  std::uint16_t sequence_ = 0;
  std::int64_t frame_ = -1;
  double payloadShare_ = 0.95;     // of the bytes on the wire

  ResendQueue resends_;
  std::uint16_t rtxSequence_ = 0;

  std::deque<Flight> flights_;
  std::int64_t firstFlight_ = 0;
  FecPolicy policy_;
  FecEncoder encoder_;
  std::vector<FecMedia> frameMedia_;  // of the frame that is being sent
  std::uint16_t frameBase_ = 0;
  std::vector<std::vector<std::uint8_t>> parity_;
  std::size_t parityAt_ = 0, parityCount_ = 0;
  std::int64_t parityUs_ = 0;
  std::uint32_t parityTimestamp_ = 0;
  std::uint16_t fecSequence_ = 0;
};

}  // namespace feimu
