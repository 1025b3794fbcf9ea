#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace feimu {

enum class LinkStream : std::uint8_t { media, rtx, fec };
constexpr std::size_t linkStreams = 3;

/// A packet of the link as it left, and what was heard of it.
struct SentRecord {
  std::int64_t sequence = -1;     // transport-wide, unwrapped
  std::int64_t sentUs = 0;
  std::int64_t frame = 0;         // counts access units that were sent
  std::uint16_t rtpSequence = 0;
  LinkStream stream = LinkStream::media;
  bool reported = false;
  bool lost = false;
};

/// The packets sent last, by both numbers that feedback may call them. No allocation a packet. One thread.
class SentHistory {
 public:
  /// At 200 Mbps the last 0.8 s; more than 32,768 could not be told apart by their 16 bits.
  static constexpr std::size_t size = 16'384;

  /// Of the next packet.
  [[nodiscard]] std::int64_t next() const { return next_; }
  /// The oldest that may still be held.
  [[nodiscard]] std::int64_t oldest() const { return next_ > static_cast<std::int64_t>(size) ? next_ - static_cast<std::int64_t>(size) : 0; }
  void add(LinkStream stream, std::uint16_t rtpSequence, std::int64_t frame, std::int64_t sentUs) {
    records_[static_cast<std::size_t>(next_) % size] = {next_, sentUs, frame, rtpSequence, stream, false, false};
    byRtp_[static_cast<std::size_t>(stream)][rtpSequence % size] = next_++;
  }
  SentRecord* find(std::int64_t sequence) {
    if (sequence < 0) return nullptr;
    SentRecord& record = records_[static_cast<std::size_t>(sequence) % size];
    return record.sequence == sequence ? &record : nullptr;
  }
  SentRecord* find(LinkStream stream, std::uint16_t rtpSequence) {
    SentRecord* record = find(byRtp_[static_cast<std::size_t>(stream)][rtpSequence % size]);
    return record != nullptr && record->stream == stream && record->rtpSequence == rtpSequence ? record : nullptr;
  }
  /// By the lower 16 bits of its transport-wide number.
  SentRecord* findTransport(std::uint16_t sequence) {
    const std::int64_t last = next_ - 1;
    return find(last + static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(last)));
  }

 private:
  std::int64_t next_ = 0;
  std::vector<SentRecord> records_ = std::vector<SentRecord>(size);
  std::array<std::vector<std::int64_t>, linkStreams> byRtp_{std::vector<std::int64_t>(size, -1), std::vector<std::int64_t>(size, -1),
                                                            std::vector<std::int64_t>(size, -1)};
};

}  // namespace feimu
