#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link/link-receiver.h"
#include "link/link-thread.h"
#include "link/proof-message.h"
#include "link/rtp-packet.h"
#include "link/socket-address.h"
#include "link/srtp-session.h"

namespace feimu {

/// The receiving end of a source: decides who may send, and what kind of sender it is. The first allowed address and
/// SSRC hold the source until 5 s of silence; others are counted and named. A sender of ours gets feedback and repairs,
/// any other is only asked for key frames. With keys a stream of ours is taken once its sender has echoed a nonce of this
/// object: a recording from before opens with the same keys. The link's thread, unless said otherwise.
class LinkIntake final : public LinkEnd {
 public:
  struct Options {
    std::string host;                // that it listens to, numeric; loopback may always send to loopback
    std::vector<std::string> allow;  // numeric addresses
    bool keyed = false;              // packets are authenticated: an empty `allow` means anybody, and a sender may move
  };
  struct Figures {
    LinkReceiver::Stats stats;       // since the start, over all senders
    std::uint64_t malformed = 0;
    std::string sender;              // who holds the source, or held it last
    std::vector<std::string> refused;
    bool held = false;
    double kbps = 0, loss = 0, repaired = 0;  // of the last second
  };

  LinkIntake(const Options& options, LinkReceiver::Sink sink);
  using Verdict = LinkThread::Options::Verdict;
  /// Both of LinkThread::Options.
  [[nodiscard]] const ProofNonce& nonce() const { return nonce_; }
  Verdict accepts(const SocketAddress& from, std::span<const std::uint8_t> bytes, std::int64_t nowUs);
  void onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) override;
  std::size_t next(std::int64_t nowUs, std::span<std::uint8_t> out) override;
  [[nodiscard]] std::int64_t wakeUs() const override;
  // Any thread:
  void setAllowed(std::vector<std::string> addresses);
  /// What was given out could not be decoded. Wake the link's thread after it.
  void requestKeyFrame() { keyWanted_ = true; }
  [[nodiscard]] Figures figures() const;

 private:
  bool isAllowed(const std::string& host);
  Verdict acceptRtp(const SocketAddress& from, const RtpPacket& packet, std::int64_t nowUs);
  [[nodiscard]] bool acceptRtcp(const SocketAddress& from, std::int64_t nowUs) const;
  void hold(const SocketAddress& from, const RtpPacket& packet, std::int64_t nowUs);
  Verdict refuse(const std::string& host);
  [[nodiscard]] bool held(std::int64_t nowUs) const;
  [[nodiscard]] bool isProven(std::uint32_t ssrc) const;
  [[nodiscard]] bool isRepair(const RtpPacket& packet) const;
  void publish(std::int64_t nowUs);

  const Options options_;
  const LinkReceiver::Sink sink_;
  /// One for all receivers: at both ends SRTP keeps what it knows of a stream for ever.
  const std::uint32_t ownSsrc_ = randomSsrc();
  const ProofNonce nonce_;                 // 0 without keys: none is asked for
  std::array<std::uint32_t, 8> proven_{};  // streams whose sender echoed it, the last ones
  std::size_t nextProven_ = 0;
  std::unique_ptr<LinkReceiver> receiver_;
  LinkReceiver::Stats before_;  // of the receivers before this one
  SocketAddress sender_;
  std::uint32_t ssrc_ = 0;
  std::uint8_t payloadType_ = 0;
  bool ours_ = false;
  std::int64_t lastPacketUs_ = 0;  // of the media
  std::int64_t repairSinceUs_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t publishUs_ = 0;
  std::int64_t secondUs_ = 0;
  std::uint64_t secondBytes_ = 0;
  LinkReceiver::Stats second_;
  std::atomic<bool> keyWanted_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> allow_;
  Figures figures_;
};

}  // namespace feimu
