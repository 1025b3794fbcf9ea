#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "link/datagram-socket.h"

namespace feimu {

/// The socket of a link that comes back: opened anew, with a back-off, when no interface, route or address leads to
/// the other end, on the same port unless that stays taken. One thread.
class LinkPort {
 public:
  static constexpr std::int64_t firstPauseUs = 50'000;
  static constexpr std::int64_t longestPauseUs = 1'000'000;
  static constexpr int samePortTries = 3;  // a child between fork and exec holds a port that was closed here

  LinkPort(const SocketAddress& local, std::uint8_t ecn) : local_(local), ecn_(ecn) {}
  /// The socket; null while there is none. Tries to open it when that is due.
  DatagramSocket* socket(std::int64_t nowUs);
  /// The kernel has no way to the other end: a new socket is due after a pause, which grows from failure to failure.
  void lost(std::int64_t nowUs);
  /// Something came in: the next failure is a new one.
  void sound() { pauseUs_ = 0; }
  /// Whether it waits for another socket: the one that it has leads nowhere.
  [[nodiscard]] bool wants() const { return due_; }
  /// When socket() may bring another one; the largest value when not.
  [[nodiscard]] std::int64_t wakeUs() const;
  [[nodiscard]] std::uint64_t opened() const { return opened_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] DatagramSocket::Stats stats() const;

 private:
  SocketAddress local_;
  const std::uint8_t ecn_;
  std::unique_ptr<DatagramSocket> socket_;
  bool due_ = true;
  std::int64_t openUs_ = 0;
  std::int64_t pauseUs_ = 0;
  std::uint64_t opened_ = 0;
  std::uint16_t port_ = 0;
  int portTaken_ = 0;  // times since there was a socket
  std::string failure_;
  int error_ = 0;  // the same as errno
  DatagramSocket::Stats before_;  // of the sockets before this one
};

}  // namespace feimu
