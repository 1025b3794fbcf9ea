#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "link/arrival-clock.h"
#include "link/socket-address.h"

namespace feimu {

/// A non-blocking UDP socket with room for bursts of 4 MB, bound to `address`. -1 with errno.
int openUdp(const SocketAddress& address);

/// UDP for a link: many datagrams a system call, times of arrival from the kernel, ECN bits both ways. Never blocks.
/// Its buffers are allocated once. One thread.
class DatagramSocket {
 public:
  struct Options {
    SocketAddress local;                // port 0: one that is free
    std::optional<SocketAddress> peer{};  // connected to it: the kernel drops what others send
    std::uint8_t ecn = 0;               // of what is sent: 0 not capable, 1 ECT(1), 2 ECT(0) (RFC 3168 §5)
    bool segmentation = true;           // UDP_SEGMENT where the kernel has it
  };
  struct Outgoing {
    std::span<const std::uint8_t> bytes;
    const SocketAddress* to = nullptr;  // null: the peer
  };
  struct Incoming {
    std::span<std::uint8_t> bytes;  // until the next receive(), to be changed at will
    const SocketAddress* from = nullptr;
    std::int64_t arrivedUs = 0;           // CLOCK_MONOTONIC
    std::uint8_t ecn = 0;
  };
  enum class Outcome {
    ok,
    full,         // the kernel has no room now (EAGAIN, ENOBUFS): what was not taken may be offered again
    unreachable,  // no interface, route or address leads there now: the socket may have to be opened anew
  };
  struct Sent {
    std::size_t done = 0;  // of the datagrams, from the front; those that cannot be sent at all are among them
    Outcome outcome = Outcome::ok;
  };
  struct Stats {
    std::uint64_t sent = 0, sentBytes = 0, sendCalls = 0;
    std::uint64_t segmented = 0;    // of `sent`: cut out of a larger buffer by the kernel or the device
    std::uint64_t full = 0;         // times that the kernel had no room
    std::uint64_t unreachable = 0;  // times that nothing led to the peer
    std::uint64_t unsendable = 0;   // datagrams, e.g. too large
    std::uint64_t received = 0, receivedBytes = 0, receiveCalls = 0;
    std::uint64_t truncated = 0;      // larger than `datagramBytes`: dropped
    std::uint64_t kernelDropped = 0;  // the receive buffer was full
  };

  static constexpr std::size_t batch = 64;
  static constexpr std::size_t datagramBytes = 2048;

  /// Null with errno.
  static std::unique_ptr<DatagramSocket> open(const Options& options);
  ~DatagramSocket();
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  Sent send(std::span<const Outgoing> datagrams);
  /// What has come, at most `batch` datagrams.
  std::span<const Incoming> receive();
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] SocketAddress localAddress() const;
  [[nodiscard]] bool segments() const { return segments_; }
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  DatagramSocket(int descriptor, const Options& options);
  struct Buffers;
  std::size_t fill(std::span<const Outgoing> datagrams);
  void countSent(std::size_t message);

  const int descriptor_;
  const bool connected_;
  bool segments_ = false;
  std::unique_ptr<Buffers> buffers_;
  ArrivalClock clock_;
  Stats stats_;
};

}  // namespace feimu
