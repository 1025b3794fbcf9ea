#pragma once
// H.264 in RTP, packetization mode 1 (RFC 6184 §5.6, 5.7.1, 5.8):
// single NAL unit:  |F|NRI|  type 1-23  |  its bytes ...
// STAP-A:           |0|NRI|     24      |  size 16  |  NAL unit  |  size 16  |  NAL unit  | ...
// FU-A:             |0|NRI|     28      |S|E|0|  type   |  a piece of the NAL unit behind its first byte
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace feimu {

/// One RTP payload: `prefix`, then `body`, which lies in the access unit. Of an aggregate (STAP-A) the body is Annex B
/// and still has to be rewritten: use write().
struct H264Payload {
  std::array<std::uint8_t, 2> prefix{};
  std::uint8_t prefixBytes = 0;
  std::span<const std::uint8_t> body;
  bool aggregate = false;
  bool last = false;           // of its access unit
  std::size_t sizeBytes = 0;   // on the wire

  /// Exactly `sizeBytes` bytes.
  void write(std::uint8_t* out) const;
};

/// Gives the payloads of one access unit (Annex B), one after another, without allocating. What is small goes together
/// (parameter sets and SEI, which would else cost a packet each), what is large into fragments of equal size, the last
/// one at most that: so a burst of them can leave as one buffer (UDP segmentation offload).
class H264Splitter {
 public:
  /// `maxPayloadBytes` at least 3.
  H264Splitter(std::span<const std::uint8_t> annexB, std::size_t maxPayloadBytes);
  /// False when there are no more.
  bool next(H264Payload& payload);

 private:
  void fragment(H264Payload& payload);
  void aggregate(H264Payload& payload);

  std::size_t maxPayloadBytes_;
  std::span<const std::uint8_t> stream_;    // behind `nal_`
  std::span<const std::uint8_t> nal_;       // not given out yet
  std::span<const std::uint8_t> fragments_; // of a NAL unit that is being given out
  std::size_t fragmentBytes_ = 0;
  std::uint8_t header_ = 0;                 // of that NAL unit
  bool start_ = false;
};

}  // namespace feimu
