#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link/link-receiver.h"
#include "link/rtp-packet.h"
#include "link/socket-address.h"

namespace feimu {

/// The receiving end of a source: decides who may send, and what kind of sender it is. The first allowed address and
/// SSRC hold the source until 5 s of silence; others are counted and named. A sender of ours gets feedback and repairs,
/// any other is only asked for key frames. The link's thread, unless said otherwise.
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
  /// Of LinkThread::Options.
  bool accepts(const SocketAddress& from, std::span<const std::uint8_t> bytes, std::int64_t nowUs);
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
  bool acceptRtp(const SocketAddress& from, const RtpPacket& packet, std::int64_t nowUs);
  void hold(const SocketAddress& from, const RtpPacket& packet, std::int64_t nowUs);
  bool refuse(const std::string& host);
  [[nodiscard]] bool held(std::int64_t nowUs) const;
  [[nodiscard]] bool isRepair(std::uint8_t payloadType) const;
  void publish(std::int64_t nowUs);

  const Options options_;
  const LinkReceiver::Sink sink_;
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
