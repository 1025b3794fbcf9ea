#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace feimu {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  /// Host alone, e.g. "192.168.1.7"; an IPv4 address mapped into IPv6 is shown as IPv4.
  [[nodiscard]] std::string host() const;
  bool operator==(const SocketAddress& other) const;
};

/// A numeric address; empty when it is none.
std::optional<SocketAddress> parseAddress(const std::string& host, std::uint16_t port);

/// A non-blocking UDP socket with room for bursts of 4 MB, bound to `address`. -1 with errno.
int openUdp(const SocketAddress& address);

}  // namespace feimu
