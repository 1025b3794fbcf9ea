#pragma once
// A sender, a path and the receiver under test in simulated time.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "link/fec.h"
#include "link/link-receiver.h"
#include "link/rtcp.h"
#include "link/rtp-packet.h"
#include "link/rtx.h"
#include "link/test/h264-packetizer.h"
#include "testing/check.h"

namespace feimu {

using Bytes = std::vector<std::uint8_t>;
constexpr std::int64_t ms = 1000;
constexpr std::int64_t second = 1'000'000;

inline Bytes annexB(bool key, std::size_t sliceBytes) {
  Bytes out;
  const auto nal = [&out](std::uint8_t header, std::size_t size, std::uint8_t fill) {
    out.insert(out.end(), {0, 0, 0, 1, header});
    out.insert(out.end(), size, fill);
  };
  if (key) {
    nal(0x67, 10, 0x42);
    nal(0x68, 4, 0x13);
  }
  nal(key ? 0x65 : 0x41, sliceBytes, static_cast<std::uint8_t>(0x40 + sliceBytes % 64));
  return out;
}

/// 30 frames a second; packets 0.5 ms apart; answers NACK by RTX (or plainly) and PLI by an IDR.
class LinkRig {
 public:
  struct Path {
    std::int64_t delayUs = 5 * ms;  // each way
    double loss = 0;                // media, RTX and FEC alike
    double duplicates = 0;
    std::int64_t reorderUs = 0;     // up to this, at random
    bool rtx = true;                // false: resends the packet itself
    std::size_t parityPackets = 0;  // a frame
    double feedbackLoss = 0;
  };
  struct Delivered {
    AccessUnit unit;
    std::int64_t atUs = 0;
    std::int64_t sentUs = 0;  // its last packet, for the first time
  };

  static constexpr std::uint32_t mediaSsrc = 0x1000, rtxSsrc = 0x2000, fecSsrc = 0x3000;

  Path path;
  std::int64_t nowUs = 10 * second;
  std::vector<Delivered> delivered;
  std::vector<Bytes> sentFrames;
  std::vector<std::pair<std::int64_t, RtcpMessage>> feedback;
  std::unique_ptr<LinkReceiver> receiver;
  std::function<bool(const RtpPacket&)> drop = [](const RtpPacket&) { return false; };
  bool answersKeyRequests = true;
  std::size_t sliceBytes = 4000;
  std::int64_t senderClockOffsetUs = 0;
  std::int64_t receiverClockOffsetUs = 0;

  explicit LinkRig(LinkReceiver::Options options = {}) {
    receiver = LinkReceiver::make(options, [this](AccessUnit&& unit) {
      const std::int64_t sentUs = lastPacketUs_[unit.timestamp];
      delivered.push_back({std::move(unit), nowUs, sentUs});
    });
  }

  void run(std::int64_t forUs) {
    const std::int64_t endUs = nowUs + forUs;
    while (true) {
      const std::int64_t wakeUs = std::max(nowUs, wakeOf(receiver->wakeUs()));
      std::int64_t nextUs = std::min({endUs, nextFrameUs_, wakeUs});
      if (!flight_.empty()) nextUs = std::min(nextUs, flight_.begin()->first);
      nowUs = std::max(nowUs, nextUs);
      if (nowUs >= endUs) return;
      if (nowUs >= nextFrameUs_) sendFrame();
      while (!flight_.empty() && flight_.begin()->first <= nowUs) {
        const auto arriving = std::move(flight_.begin()->second);
        flight_.erase(flight_.begin());
        if (arriving.toSender) {
          onRtcp(arriving.bytes);
        } else {
          give(arriving.bytes);
        }
      }
      pollRtcp();
    }
  }

  /// Straight into the receiver, now.
  void give(const Bytes& bytes, std::uint8_t ecn = 0) {
    receiver->onPacket(bytes, nowUs + receiverClockOffsetUs, ecn);
  }
  void pollRtcp() {
    Bytes out(1200);
    for (int i = 0; i < 100; i++) {
      const std::size_t size = receiver->next(nowUs + receiverClockOffsetUs, out);
      if (size == 0) return;
      std::vector<RtcpMessage> messages;
      CHECK(size <= 1200 && parseRtcp({out.data(), size}, messages) && !messages.empty());
      for (const RtcpMessage& message : messages) feedback.emplace_back(nowUs, message);
      if (chance(path.feedbackLoss)) continue;
      flight_.insert({nowUs + path.delayUs, {Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)), true}});
    }
    CHECK(!"RTCP without end");
  }
  template <typename Message>
  std::size_t count() const {
    return static_cast<std::size_t>(std::count_if(feedback.begin(), feedback.end(), [](const auto& entry) {
      return std::holds_alternative<Message>(entry.second);
    }));
  }
  /// Another program in the sender's place.
  void restart(std::uint32_t ssrc, std::uint16_t sequence) {
    ssrc_ = ssrc;
    sequence_ = sequence;
    timestampOffset_ = 0x9000'0000;
    history_.clear();
    keyWanted_ = true;
  }
  void pauseUntil(std::int64_t untilUs) { nextFrameUs_ = untilUs; }
  /// A copy of a packet that was sent.
  Bytes sent(std::uint16_t sequence) const { return history_.at(sequence).bytes; }
  std::uint16_t nextSequence() const { return sequence_; }

 private:
  struct Flying {
    Bytes bytes;
    bool toSender = false;
  };
  struct Kept {
    Bytes bytes;
    RtpHeader header;
  };

  std::int64_t wakeOf(std::int64_t wakeUs) const {
    // The receiver's "never" is no time to reckon with.
    return wakeUs > std::int64_t{1} << 60 ? wakeUs : wakeUs - receiverClockOffsetUs;
  }
  bool chance(double probability) { return probability > 0 && static_cast<double>(random_() % 10'000) < probability * 10'000; }

  void sendFrame() {
    nextFrameUs_ = nowUs + 33'333;
    const bool key = keyWanted_;
    keyWanted_ = false;
    sentFrames.push_back(annexB(key, key ? 3 * sliceBytes : sliceBytes + sentFrames.size() % 1000));
    const auto timestamp = static_cast<std::uint32_t>((nowUs + senderClockOffsetUs) * 9 / 100) + timestampOffset_;
    std::vector<FecMedia> media;
    const std::uint16_t first = sequence_;
    std::int64_t atUs = nowUs;
    H264Packetizer packetizer({});
    for (const Bytes& made : packetizer.packetize(sentFrames.back(), timestamp)) {
      Kept kept;
      const RtpPacket parsed = *parseRtp(made);
      kept.header = {sequence_, timestamp, ssrc_, 96, parsed.marker};
      const std::uint8_t number[2] = {static_cast<std::uint8_t>(transportSequence_ >> 8), static_cast<std::uint8_t>(transportSequence_)};
      transportSequence_++;
      const RtpExtension extension{3, number};
      kept.bytes.resize(64);
      kept.bytes.resize(writeRtpHeader(kept.header, {&extension, 1}, kept.bytes));
      kept.bytes.insert(kept.bytes.end(), parsed.payload.begin(), parsed.payload.end());
      history_[sequence_++] = kept;
      send(kept.bytes, atUs);
      lastPacketUs_[timestamp] = atUs;
      atUs += 500;
    }
    for (std::uint16_t sequence = first; sequence != sequence_; sequence++) {
      const Kept& kept = history_[sequence];
      media.push_back({kept.header.marker, {}, parseRtp(kept.bytes)->payload});
    }
    for (const auto payload : encoder_.encode(first, media, path.parityPackets)) {
      Bytes bytes(64);
      bytes.resize(writeRtpHeader({fecSequence_++, timestamp, fecSsrc, 98, false}, {}, bytes));
      bytes.insert(bytes.end(), payload.begin(), payload.end());
      send(bytes, atUs);
      atUs += 500;
    }
  }

  void send(const Bytes& bytes, std::int64_t atUs) {
    const std::int64_t extraUs = path.reorderUs > 0 ? static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(path.reorderUs)) : 0;
    if (chance(path.duplicates)) flight_.insert({atUs + path.delayUs + extraUs + ms, {bytes}});
    if (chance(path.loss) || drop(*parseRtp(bytes))) return;
    flight_.insert({atUs + path.delayUs + extraUs, {bytes}});
  }

  void onRtcp(const Bytes& bytes) {
    std::vector<RtcpMessage> messages;
    CHECK(parseRtcp(bytes, messages));
    for (const RtcpMessage& message : messages) {
      if (std::holds_alternative<KeyFrameRequest>(message) && answersKeyRequests) keyWanted_ = true;
      const auto* nack = std::get_if<Nack>(&message);
      if (nack == nullptr) continue;
      for (const std::uint16_t sequence : nack->sequences) {
        const auto kept = history_.find(sequence);
        if (kept == history_.end()) continue;
        if (!path.rtx) {
          send(kept->second.bytes, nowUs);
          continue;
        }
        RtpHeader header = kept->second.header;
        header.ssrc = rtxSsrc;
        header.payloadType = 97;
        header.sequence = rtxSequence_++;
        Bytes out(64);
        out.resize(writeRtxHeader(header, {}, sequence, out));
        const auto payload = parseRtp(kept->second.bytes)->payload;
        out.insert(out.end(), payload.begin(), payload.end());
        send(out, nowUs);
      }
    }
  }

  std::mt19937 random_{11};
  std::multimap<std::int64_t, Flying> flight_;
  std::map<std::uint16_t, Kept> history_;
  std::map<std::uint32_t, std::int64_t> lastPacketUs_;
  FecEncoder encoder_;
  std::int64_t nextFrameUs_ = 0;
  bool keyWanted_ = true;
  std::uint32_t ssrc_ = mediaSsrc;
  std::uint32_t timestampOffset_ = 0xffff'0000;
  std::uint16_t sequence_ = 65'400, rtxSequence_ = 5, fecSequence_ = 700, transportSequence_ = 65'000;
};

}  // namespace feimu
