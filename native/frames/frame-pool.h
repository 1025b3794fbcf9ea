#pragma once
// Three buffers in one sealed memfd and a mailbox between two owners: the producer owns one buffer, the
// consumer one, the third lies in the mailbox. Each exchanges its own for the one in the mailbox, so the newest
// frame wins, nobody waits, and nothing queues.
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "frames/frame-channel.h"

namespace feimu {

class FramePool {
 public:
  static constexpr std::uint32_t buffers = 3;
  static constexpr std::uint32_t fresh = 4;  // flag in the mailbox beside the index

  /// Producer's side: makes the memory. Null with errno.
  static std::unique_ptr<FramePool> create(const FrameFormat& format);
  /// Consumer's side: takes the descriptor over. Null when sizes, seals or the header are not as they must be.
  static std::unique_ptr<FramePool> map(int descriptor);
  ~FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] const FrameFormat& format() const { return format_; }
  /// `index` below `buffers`.
  [[nodiscard]] std::byte* data(std::uint32_t index) const;
  /// The same bytes as a dma-buf, with all that was written until now in reach of devices. -1 where the kernel makes none.
  [[nodiscard]] int dmaBuf(std::uint32_t index);
  /// One of its own for each pool of this process.
  [[nodiscard]] std::uint64_t serial() const { return serial_; }
  [[nodiscard]] FrameInfo& info(std::uint32_t index) const;
  [[nodiscard]] std::atomic<std::uint32_t>& mailbox() const;

 private:
  struct Header;
  FramePool(int descriptor, const FrameFormat& format, Header* header, std::size_t sizeBytes);
  static std::size_t totalBytes(const FrameFormat& format);
  int descriptor_;
  std::uint64_t serial_;
  std::array<int, buffers> dmaBufs_;  // unknown or none where negative
  FrameFormat format_;
  Header* header_;
  std::size_t sizeBytes_;
};

}  // namespace feimu
