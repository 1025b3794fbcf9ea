#pragma once
#include <atomic>
#include <cstdint>

namespace feimu {

/// What the network thread tells the encoder's, each value on its own. Any thread.
struct LinkState {
  std::atomic<double> mediaBps{0};          // for media, parity and retransmissions together, with headers
  std::atomic<double> mediaShare{1};        // what of it is left for the pictures themselves, without headers
  std::atomic<double> pacingBps{0};
  std::atomic<std::int64_t> queueUs{0};     // on the path, what does not drain between two pictures
  std::atomic<bool> blind{false};           // CongestionController's
  std::atomic<bool> keyWanted{false};       // set by the network thread, cleared by the encoder's
};

/// What to do with the next picture.
struct FrameOrder {
  bool skip = false;              // do not encode it: what waits is not gone by then
  bool key = false;
  std::uint32_t kbps = 0;         // the encoder's rate
  std::uint32_t maxBytes = 0;     // of this picture, 0 = what one frame of `kbps` is
};

/// Turns the link's rate into orders for single pictures: fills the path, lets nothing queue up. Encoder's thread.
class FrameBudget {
 public:
  struct Options {
    std::int64_t frameUs = 33'333;
    std::uint32_t minKbps = 100;
    std::uint32_t maxKbps = 10'000;
    std::uint32_t firstKeyBytes = 13'000;  // fits in the first flight: ten packets of a 1,500 byte path
  };
  explicit FrameBudget(const Options& options) : options_(options) {}
  /// Before a picture is encoded. `unsentBytes` wait in the ring.
  FrameOrder next(LinkState& state, std::size_t unsentBytes, std::int64_t nowUs);
  /// What came of an order.
  void onEncoded(std::size_t bytes);
  /// The picture of an order did not leave whole: what follows would refer to it, so the next one is a key, at once.
  void onFailed(LinkState& state);

 private:
  Options options_;
  bool first_ = true;
  double wantedBytes_ = 0;
  double use_ = 1;  // share of what it may use that the encoder uses, over the last second
  std::int64_t keyUs_ = 0;
  std::int64_t blindFrames_ = 0;
};

}  // namespace feimu
