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
  [[nodiscard]] std::uint16_t port() const;
  void setPort(std::uint16_t port);
  bool operator==(const SocketAddress& other) const;
};

/// A numeric address; empty when it is none.
std::optional<SocketAddress> parseAddress(const std::string& host, std::uint16_t port);

/// "192.168.1.7:5004" or "[::1]:5004".
std::string addressText(const SocketAddress& address);

/// Whether it is one host on a network of ours: loopback, link-local, RFC 1918, RFC 4193.
bool isPrivateUnicast(const SocketAddress& address);

}  // namespace feimu
