#pragma once
// Frames between two processes: memfd buffers whose descriptors cross once, then small messages.
// The newest wins, nothing queues: a producer that finds no free buffer takes back the one that
// the consumer has not begun to use.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace feimu {

/// Layout of every buffer of a pool: NV12, luma first, then interleaved chroma, both with `stride`.
struct FrameFormat {
  std::uint32_t width = 0;   // pixels, even, at most maxSide
  std::uint32_t height = 0;  // pixels, even, at most maxSide
  std::uint32_t stride = 0;  // bytes a row, multiple of 64
  static constexpr std::uint32_t maxSide = 8192;
  bool operator==(const FrameFormat&) const = default;
  [[nodiscard]] std::size_t sizeBytes() const { return std::size_t{stride} * height * 3 / 2; }
  /// Whether it is as said above: no buffer is made for another.
  [[nodiscard]] bool isPlausible() const {
    return width >= 2 && height >= 2 && width <= maxSide && height <= maxSide && width % 2 == 0 && height % 2 == 0 && stride % 64 == 0 &&
           stride >= width && stride <= maxSide + 64;
  }
};

/// What is known of one frame. Times are CLOCK_MONOTONIC, microseconds; 0 = not known.
struct FrameInfo {
  std::uint64_t sequence = 0;
  std::int64_t captureUs = 0;   // at the sender, where it shares our clock
  std::int64_t receivedUs = 0;  // first packet
  std::int64_t decodedUs = 0;
  std::uint8_t fullRange = 0;   // 0: 16..235, 1: 0..255
  std::uint8_t bt709 = 1;       // 0: BT.601 matrix
  std::uint8_t ended = 0;       // 1: no picture any more, show the idle screen
};

/// Producer's end. One thread uses it. Survives consumers that come and go: listens on `path`.
class FrameProducer {
 public:
  /// Removes a stale socket file. Null with errno on failure.
  static std::unique_ptr<FrameProducer> listen(const std::string& path);
  virtual ~FrameProducer() = default;
  /// A free buffer of this format to write into, or empty when there is none. A new format makes a new pool.
  virtual std::span<std::byte> acquire(const FrameFormat& format) = 0;
  /// Publishes what was acquired last; with `info.ended`, no buffer is needed.
  virtual void publish(const FrameInfo& info) = 0;
  /// Accepts consumers and takes back buffers; never blocks. Called by acquire/publish too.
  virtual void poll() = 0;
  /// A consumer is connected and wants frames (setWanted).
  [[nodiscard]] virtual bool wanted() const = 0;
  /// For poll(2) in the owner's loop: readable when poll() has something to do.
  [[nodiscard]] virtual int descriptor() const = 0;
};

/// A frame on loan; given back when destroyed or replaced.
struct BorrowedFrame {
  FrameFormat format;
  FrameInfo info;
  const std::byte* data = nullptr;  // valid until the next take() or the consumer's end
  std::uint64_t pool = 0;           // of this process; another one has other buffers
  std::uint32_t buffer = 0;         // of that pool
  int dmaBuf = -1;                  // the same bytes for a device, as long as the pool is; -1: none
};

/// Consumer's end. One thread uses it. Reconnects by itself; the last frame stays readable when the producer dies.
class FrameConsumer {
 public:
  /// The producer may come later. `dmaBufs`: frames come as a dma-buf too, where the kernel makes one of shared memory
  /// (udmabuf). Null with errno when `path` cannot be a socket's.
  static std::unique_ptr<FrameConsumer> open(const std::string& path, bool dmaBufs = false, bool wanted = true);
  virtual ~FrameConsumer() = default;
  /// The newest frame if there is one newer than the last; gives back the one before. Never blocks.
  virtual std::optional<BorrowedFrame> take() = 0;
  /// Whether the producer should work for us (composed frames only while someone looks); at first as opened.
  virtual void setWanted(bool wanted) = 0;
  [[nodiscard]] virtual bool connected() const = 0;
  [[nodiscard]] virtual int descriptor() const = 0;  // -1 while not connected
};

}  // namespace feimu
