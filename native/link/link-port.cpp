#include "link/link-port.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace feimu {

namespace {

void add(DatagramSocket::Stats& sum, const DatagramSocket::Stats& more) {
  sum.sent += more.sent;
  sum.sentBytes += more.sentBytes;
  sum.sendCalls += more.sendCalls;
  sum.segmented += more.segmented;
  sum.full += more.full;
  sum.unreachable += more.unreachable;
  sum.unsendable += more.unsendable;
  sum.received += more.received;
  sum.receivedBytes += more.receivedBytes;
  sum.receiveCalls += more.receiveCalls;
  sum.truncated += more.truncated;
  sum.kernelDropped += more.kernelDropped;
}

}  // namespace

DatagramSocket* LinkPort::socket(std::int64_t nowUs) {
  if (!due_ || nowUs < openUs_) return socket_.get();
  if (socket_) {
    // The old one first: it holds the port.
    add(before_, socket_->stats());
    socket_.reset();
  }
  SocketAddress local = local_;
  if (local.port() == 0 && portTaken_ < samePortTries) local.setPort(port_);
  socket_ = DatagramSocket::open({.local = local, .ecn = ecn_});
  if (!socket_) {
    error_ = errno;
    if (error_ == EADDRINUSE) portTaken_++;
    failure_ = std::strerror(error_);
    lost(nowUs);
    return nullptr;
  }
  due_ = false;
  portTaken_ = 0;
  failure_.clear();
  error_ = 0;
  opened_++;
  port_ = socket_->localAddress().port();
  return socket_.get();
}

void LinkPort::lost(std::int64_t nowUs) {
  if (due_ && nowUs < openUs_) return;
  due_ = true;
  pauseUs_ = std::clamp(pauseUs_ * 2, firstPauseUs, longestPauseUs);
  openUs_ = nowUs + pauseUs_;
}

std::int64_t LinkPort::wakeUs() const { return due_ ? openUs_ : std::numeric_limits<std::int64_t>::max(); }

DatagramSocket::Stats LinkPort::stats() const {
  DatagramSocket::Stats sum = before_;
  if (socket_) add(sum, socket_->stats());
  return sum;
}

}  // namespace feimu
