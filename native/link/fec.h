#pragma once
// Forward error correction of one access unit between two boxes. Parity packets are RTP packets with their own payload
// type, SSRC and sequence numbers, and with the timestamp of the access unit that they protect. Their payload:
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// |     base sequence number      |       k       |       m       |
// |     index     |    stride     |         symbol length         |
// |                 symbol, that many bytes ...                   |
// protects the media packets base, base + stride … base + (k - 1) * stride. A media packet's symbol, zeros behind it up
// to the unit's longest:
// |M|       payload length        |           payload ...         |
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace feimu {

constexpr std::size_t kFecHeaderBytes = 8;
/// A parity payload is longer than the longest media payload that it protects by this: leave room for it.
constexpr std::size_t kFecOverheadBytes = kFecHeaderBytes + 2;
/// A larger access unit is not protected.
constexpr std::size_t kFecMaxMediaPackets = 1024;
constexpr std::size_t kFecMaxParityPackets = 254;

/// A media packet as it was sent: its payload is `prefix` followed by `payload`.
struct FecMedia {
  bool marker = false;
  std::span<const std::uint8_t> prefix;
  std::span<const std::uint8_t> payload;
};

/// Makes parity packets. Keeps its buffers: nothing is allocated once they have grown. One thread.
class FecEncoder {
 public:
  /// The payloads of `parityPackets` parity packets (at most kFecMaxParityPackets; at least one a block) for the media
  /// packets of one access unit, whose sequence numbers count up from `baseSequence`. In the order to send them in;
  /// valid until the next call. More than 255 packets in all become several blocks, interleaved, so that a burst of
  /// losses is shared by them. Empty when there is nothing to do: no packets, none wanted, more than
  /// kFecMaxMediaPackets, a prefix of more than 16 bytes, or a packet of more than 32,767.
  std::span<const std::span<const std::uint8_t>> encode(std::uint16_t baseSequence, std::span<const FecMedia> packets,
                                                        std::size_t parityPackets);

 private:
  std::vector<std::uint8_t> bytes_;
  std::vector<std::span<const std::uint8_t>> payloads_;
};

/// What came back without having arrived.
struct FecRecovered {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  std::span<const std::uint8_t> payload;
};

/// Brings back lost media packets. All memory is taken by the constructor, about (windowPackets + parityPackets) *
/// maxPayloadBytes; what does not fit pushes out the oldest. One thread.
class FecDecoder {
 public:
  struct Options {
    std::size_t windowPackets = kFecMaxMediaPackets;  // media packets remembered, a power of two
    std::size_t parityPackets = 256;                  // parity packets remembered, at least 254
    std::size_t blocks = 32;                          // blocks remembered
    std::size_t maxPayloadBytes = 1500;               // of a media packet
  };
  struct Stats {
    std::uint64_t media = 0, parity = 0;  // taken
    std::uint64_t recovered = 0;          // packets
    std::uint64_t duplicates = 0;         // media or parity that was there already
    std::uint64_t unneeded = 0;           // parity of a block that is whole
    std::uint64_t malformed = 0;          // headers that cannot be, lengths that do not fit
    std::uint64_t conflicting = 0;        // headers that contradict their block's first one
    std::uint64_t corrupt = 0;            // blocks whose symbols do not belong together
  };

  FecDecoder();
  explicit FecDecoder(const Options& options);

  /// A media packet that arrived, at first or as a retransmission. The result of both: what could be recovered by it,
  /// in order of sequence; valid until the next call.
  std::span<const FecRecovered> onMedia(std::uint16_t sequence, std::uint32_t timestamp, bool marker,
                                        std::span<const std::uint8_t> payload);
  /// A parity packet: timestamp of its RTP header, and its payload.
  std::span<const FecRecovered> onParity(std::uint32_t timestamp, std::span<const std::uint8_t> payload);
  /// Forgets all packets (another sender), keeps the counters.
  void reset();
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  struct Header {
    std::uint16_t base = 0;
    std::uint8_t k = 0, m = 0, index = 0, stride = 0;
    std::uint16_t symbolBytes = 0;
    [[nodiscard]] std::uint16_t sequence(std::size_t data) const { return static_cast<std::uint16_t>(base + data * stride); }
    [[nodiscard]] bool sameBlock(const Header& other) const {
      return base == other.base && k == other.k && m == other.m && stride == other.stride && symbolBytes == other.symbolBytes;
    }
  };
  struct Media {
    bool held = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint16_t bytes = 0;  // of its symbol
  };
  struct Parity {
    std::size_t block = kNone;
    std::uint8_t index = 0;
  };
  struct Block {
    bool used = false, done = false;
    std::uint32_t timestamp = 0;
    Header header;
    std::uint64_t age = 0;
    std::size_t parity = 0;  // packets held
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  bool parse(std::span<const std::uint8_t> payload, Header& header) const;
  /// The block's place, made when it is new.
  std::size_t findBlock(std::uint32_t timestamp, const Header& header);
  void releaseParity(std::size_t block);
  /// Returns a free place for a parity packet.
  std::size_t evictOldest(std::size_t except);
  void repair(std::size_t block);
  void solve(std::size_t block, std::span<const std::uint8_t> lost);
  Media& media(std::uint16_t sequence) { return media_[sequence & (media_.size() - 1)]; }
  std::uint8_t* mediaSymbol(std::uint16_t sequence);
  std::uint8_t* paritySymbol(std::size_t slot) { return paritySymbols_.data() + slot * symbolBytes_; }
  bool held(std::uint16_t sequence, std::uint32_t timestamp);

  std::size_t symbolBytes_;
  std::vector<Media> media_;
  std::vector<std::uint8_t> mediaSymbols_;
  std::vector<Parity> parity_;
  std::vector<std::uint8_t> paritySymbols_;
  std::vector<Block> blocks_;
  std::uint64_t age_ = 0;
  std::vector<FecRecovered> recovered_;
  Stats stats_;
};

}  // namespace feimu
