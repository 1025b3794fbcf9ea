#pragma once
#include <poll.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "link/datagram-socket.h"
#include "testing/check.h"

namespace feimu::testing {

/// Stands between a sender and a receiver on loopback, as a network that does what the test wants.
class Relay {
 public:
  /// Given each datagram of the sender; what it returns goes on to the receiver.
  using Datagrams = std::vector<std::vector<std::uint8_t>>;
  using Way = std::function<Datagrams(std::vector<std::uint8_t>&&)>;

  Relay(std::uint16_t receiverPort, Way way)
      : to_(*parseAddress("127.0.0.1", receiverPort)), way_(std::move(way)), front_(open()), back_(open()), thread_([this](const std::stop_token& stop) { run(stop); }) {}
  [[nodiscard]] std::uint16_t port() const { return front_->localAddress().port(); }
  /// From now on the receiver sees the sender at another address.
  void move() { moves_ = true; }
  /// Nothing passes, either way.
  void cut(bool now) { cut_ = now; }

 private:
  static std::unique_ptr<DatagramSocket> open() {
    auto socket = DatagramSocket::open({.local = *parseAddress("127.0.0.1", 0)});
    CHECK(socket);
    return socket;
  }
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (moves_.exchange(false)) back_ = open();
      std::array<pollfd, 2> waiting{{{front_->descriptor(), POLLIN, 0}, {back_->descriptor(), POLLIN, 0}}};
      ::poll(waiting.data(), waiting.size(), 20);
      for (const auto& datagram : front_->receive()) {
        from_ = *datagram.from;
        if (cut_) continue;
        for (const auto& bytes : way_({datagram.bytes.begin(), datagram.bytes.end()})) {
          const DatagramSocket::Outgoing out{bytes, &to_};
          back_->send({&out, 1});
        }
      }
      for (const auto& datagram : back_->receive()) {
        if (!from_ || cut_) continue;
        const DatagramSocket::Outgoing out{datagram.bytes, &*from_};
        front_->send({&out, 1});
      }
    }
  }

  const SocketAddress to_;
  const Way way_;
  std::unique_ptr<DatagramSocket> front_, back_;
  std::optional<SocketAddress> from_;
  std::atomic<bool> moves_{false}, cut_{false};
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace feimu::testing
