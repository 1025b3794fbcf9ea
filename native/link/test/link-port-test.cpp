#include "link/link-port.h"

#include <unistd.h>

#include <cerrno>

#include "testing/check.h"

using namespace feimu;

namespace {

SocketAddress loopback() { return *parseAddress("127.0.0.1", 0); }

/// Opens `port` at the next moment at which it may be tried; null if that one failed.
DatagramSocket* next(LinkPort& port) { return port.socket(port.wakeUs()); }

void waitsForItsOwnPort() {
  LinkPort port(loopback(), 0);
  DatagramSocket* socket = port.socket(0);
  CHECK(socket != nullptr && port.port() != 0);
  const std::uint16_t own = port.port();
  const int held = ::dup(socket->descriptor());  // as a child does until its exec
  port.lost(0);
  CHECK(port.wants() && port.wakeUs() == LinkPort::firstPauseUs);
  CHECK(next(port) == nullptr && port.error() == EADDRINUSE && !port.failure().empty());
  CHECK(port.wakeUs() == 3 * LinkPort::firstPauseUs);
  ::close(held);
  CHECK(next(port) != nullptr && port.port() == own && port.opened() == 2 && port.failure().empty());
}

void takesAnotherPortWhenItsOwnStaysTaken() {
  LinkPort port(loopback(), 0);
  CHECK(port.socket(0) != nullptr);
  const std::uint16_t own = port.port();
  const int held = ::dup(port.socket(0)->descriptor());
  port.lost(0);
  for (int i = 0; i < LinkPort::samePortTries; i++) CHECK(next(port) == nullptr);
  CHECK(next(port) != nullptr && port.port() != own);
  ::close(held);
}

void keepsToAPortThatWasAskedFor() {
  auto holder = DatagramSocket::open({.local = loopback()});
  CHECK(holder);
  const SocketAddress taken = holder->localAddress();
  LinkPort port(taken, 0);
  CHECK(port.socket(0) == nullptr);
  for (int i = 0; i < 2 * LinkPort::samePortTries; i++) CHECK(next(port) == nullptr && port.error() == EADDRINUSE);
  holder.reset();
  CHECK(next(port) != nullptr && port.port() == taken.port() && port.opened() == 1);
}

}  // namespace

int main() {
  waitsForItsOwnPort();
  takesAnotherPortWhenItsOwnStaysTaken();
  keepsToAPortThatWasAskedFor();
}
