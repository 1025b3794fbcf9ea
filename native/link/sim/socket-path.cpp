#include "link/sim/socket-path.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace feimu {

namespace {

/// A socket stays in the namespace in which it was made, whatever its thread does later.
std::unique_ptr<DatagramSocket> openIn(const SocketPath::End& here, const SocketPath::End& there, std::uint16_t port, std::uint8_t ecn,
                                       std::string& error) {
  const auto local = parseAddress(here.address, port);
  const auto peer = parseAddress(there.address, port);
  if (!local || !peer) {
    error = "expected addresses but received " + here.address + " and " + there.address;
    return nullptr;
  }
  const std::string path = here.space.find('/') == std::string::npos ? "/run/netns/" + here.space : here.space;
  const int home = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  const int space = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::unique_ptr<DatagramSocket> socket;
  if (home >= 0 && space >= 0 && ::setns(space, CLONE_NEWNET) == 0) {
    socket = DatagramSocket::open({.local = *local, .peer = *peer, .ecn = ecn});
    const int failure = errno;
    static_cast<void>(::setns(home, CLONE_NEWNET));
    errno = failure;
  }
  if (!socket) error = path + " " + here.address + ": " + std::strerror(errno);
  if (space >= 0) ::close(space);
  if (home >= 0) ::close(home);
  return socket;
}

}  // namespace

std::unique_ptr<SocketPath> SocketPath::open(const Options& options, Simulation& simulation, std::string& error) {
  std::unique_ptr<SocketPath> path(new SocketPath(options, simulation));
  path->from_ = openIn(options.from, options.to, options.port, 1, error);
  if (path->from_) path->to_ = openIn(options.to, options.from, options.port, 0, error);
  return path->to_ ? std::move(path) : nullptr;
}

void SocketPath::send(std::span<const std::uint8_t> bytes) {
  const DatagramSocket::Outgoing one{bytes};
  from_->send({&one, 1});
}

void SocketPath::sendBack(std::span<const std::uint8_t> bytes) {
  const DatagramSocket::Outgoing one{bytes};
  to_->send({&one, 1});
}

bool SocketPath::dark() {
  const LinkStep* current = nullptr;
  for (const LinkStep& step : options_.steps) {
    if (step.atS * 1e6 <= static_cast<double>(simulation_.nowUs())) current = &step;
  }
  return current != nullptr && current->lossPct >= 100;
}

void SocketPath::receive() {
  take(*to_, there_);
  take(*from_, back_);
}

void SocketPath::take(DatagramSocket& socket, const Arrive& arrive) {
  for (auto come = socket.receive(); !come.empty(); come = socket.receive()) {
    for (const DatagramSocket::Incoming& one : come) {
      const std::int64_t arrivedUs = one.arrivedUs - options_.beginUs;
      if (options_.extraDelayUs == 0) {
        arrive(one.bytes, arrivedUs, one.ecn);
        continue;
      }
      const std::int64_t atUs = arrivedUs + options_.extraDelayUs;
      simulation_.at(atUs, [copy = std::vector<std::uint8_t>(one.bytes.begin(), one.bytes.end()), atUs, ecn = one.ecn, &arrive] {
        arrive(copy, atUs, ecn);
      });
    }
  }
}

}  // namespace feimu
