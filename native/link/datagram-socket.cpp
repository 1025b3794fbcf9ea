#include "link/datagram-socket.h"

#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace feimu {

namespace {

// Limits of UDP_SEGMENT: segments of one send (UDP_MAX_SEGMENTS of Linux before 6.9), and what a UDP length can say.
constexpr std::size_t maxSegments = 64;
constexpr std::size_t maxSegmentedBytes = 65'000;

bool leadsNowhere(int error) {
  // EINVAL: the address that the socket is bound to is gone.
  return error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN || error == ENODEV || error == ENONET ||
         error == EADDRNOTAVAIL || error == EINVAL;
}

void set(int descriptor, int level, int option, int value) {
  static_cast<void>(::setsockopt(descriptor, level, option, &value, sizeof value));
}

}  // namespace

int openUdp(const SocketAddress& address) {
  const int descriptor = ::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const int bytes = 4 << 20;
  if (::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) {
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
  }
  return descriptor;
}

struct DatagramSocket::Buffers {
  using Control = std::array<std::uint8_t, 128>;

  std::array<mmsghdr, batch> outMessages{};
  std::array<iovec, batch> outParts{};
  std::array<std::size_t, batch> outCounts{};  // datagrams of each message
  alignas(cmsghdr) std::array<std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))>, batch> outControls{};

  std::array<std::array<std::uint8_t, datagramBytes>, batch> inBytes{};
  std::array<mmsghdr, batch> inMessages{};
  std::array<iovec, batch> inParts{};
  std::array<SocketAddress, batch> inAddresses{};
  alignas(cmsghdr) std::array<Control, batch> inControls{};
  std::array<Incoming, batch> incoming{};
};

std::unique_ptr<DatagramSocket> DatagramSocket::open(const Options& options) {
  const int descriptor = openUdp(options.local);
  if (descriptor < 0) return nullptr;
  std::unique_ptr<DatagramSocket> socket(new DatagramSocket(descriptor, options));
  if (options.peer &&
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&options.peer->storage), options.peer->size) != 0) {
    const int error = errno;
    socket.reset();
    errno = error;
  }
  return socket;
}

DatagramSocket::DatagramSocket(int descriptor, const Options& options)
    : descriptor_(descriptor), connected_(options.peer.has_value()), buffers_(std::make_unique<Buffers>()) {
  set(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
  set(descriptor, IPPROTO_IP, IP_RECVTOS, 1);
  set(descriptor, IPPROTO_IP, IP_TOS, options.ecn & 3);
  if (options.local.storage.ss_family == AF_INET6) {
    set(descriptor, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    set(descriptor, IPPROTO_IPV6, IPV6_TCLASS, options.ecn & 3);
  }
  int segment = 0;
  socklen_t size = sizeof segment;
  segments_ = options.segmentation && ::getsockopt(descriptor, SOL_UDP, UDP_SEGMENT, &segment, &size) == 0;
  for (std::size_t i = 0; i < batch; i++) {
    buffers_->inParts[i] = {buffers_->inBytes[i].data(), datagramBytes};
    msghdr& header = buffers_->inMessages[i].msg_hdr;
    header.msg_iov = &buffers_->inParts[i];
    header.msg_iovlen = 1;
    header.msg_name = &buffers_->inAddresses[i].storage;
    header.msg_control = buffers_->inControls[i].data();
  }
}

DatagramSocket::~DatagramSocket() { ::close(descriptor_); }

SocketAddress DatagramSocket::localAddress() const {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) address.size = 0;
  return address;
}

/// Builds messages of the first datagrams, with UDP_SEGMENT of all neighbours that can leave as one; how many messages.
std::size_t DatagramSocket::fill(std::span<const Outgoing> datagrams) {
  std::size_t messages = 0;
  const std::size_t count = std::min(datagrams.size(), batch);
  for (std::size_t first = 0; first < count; messages++) {
    const std::size_t segmentBytes = datagrams[first].bytes.size();
    const SocketAddress* to = datagrams[first].to;
    std::size_t end = first;
    for (std::size_t totalBytes = 0; end < count;) {
      const Outgoing& next = datagrams[end];
      const bool sameWay = next.to == to || (next.to != nullptr && to != nullptr && *next.to == *to);
      const bool fits = next.bytes.size() <= segmentBytes && totalBytes + next.bytes.size() <= maxSegmentedBytes;
      if (end != first && (!segments_ || !sameWay || !fits || next.bytes.empty() || end - first == maxSegments)) break;
      // An iovec takes no const, though it is only read.
      buffers_->outParts[end] = {const_cast<std::uint8_t*>(next.bytes.data()), next.bytes.size()};
      totalBytes += next.bytes.size();
      end++;
      if (next.bytes.size() < segmentBytes) break;  // only the last one may be shorter
    }
    msghdr& header = buffers_->outMessages[messages].msg_hdr;
    header = {};
    header.msg_iov = &buffers_->outParts[first];
    header.msg_iovlen = end - first;
    if (to != nullptr && !connected_) {
      header.msg_name = const_cast<sockaddr_storage*>(&to->storage);
      header.msg_namelen = to->size;
    }
    if (end - first > 1) {
      header.msg_control = buffers_->outControls[messages].data();
      header.msg_controllen = buffers_->outControls[messages].size();
      cmsghdr* control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
      const auto size = static_cast<std::uint16_t>(segmentBytes);
      std::memcpy(CMSG_DATA(control), &size, sizeof size);
    }
    buffers_->outCounts[messages] = end - first;
    first = end;
  }
  return messages;
}

void DatagramSocket::countSent(std::size_t message) {
  const msghdr& header = buffers_->outMessages[message].msg_hdr;
  stats_.sent += header.msg_iovlen;
  if (header.msg_iovlen > 1) stats_.segmented += header.msg_iovlen;
  stats_.sentBytes += buffers_->outMessages[message].msg_len;
}

DatagramSocket::Sent DatagramSocket::send(std::span<const Outgoing> datagrams) {
  Sent result;
  bool retried = false;
  while (result.done < datagrams.size()) {
    const std::size_t messages = fill(datagrams.subspan(result.done));
    const int taken = ::sendmmsg(descriptor_, buffers_->outMessages.data(), static_cast<unsigned>(messages), MSG_DONTWAIT | MSG_NOSIGNAL);
    stats_.sendCalls++;
    if (taken > 0) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(taken); i++) {
        countSent(i);
        result.done += buffers_->outCounts[i];
      }
      retried = false;
      continue;
    }
    // The first message was refused.
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
      stats_.full++;
      result.outcome = Outcome::full;
      return result;
    }
    if (buffers_->outCounts[0] > 1 && error != ECONNREFUSED && !(leadsNowhere(error) && error != EINVAL)) {
      // A device or a path that cannot cut (EIO, EINVAL), or segments larger than it carries: one by one from now on.
      segments_ = false;
      continue;
    }
    if (leadsNowhere(error)) {
      stats_.unreachable++;
      result.outcome = Outcome::unreachable;
      return result;
    }
    if (error == ECONNREFUSED && !retried) {
      // An ICMP answer to an earlier datagram, told once; this one was not looked at.
      retried = true;
      continue;
    }
    retried = false;
    stats_.unsendable++;
    result.done++;
  }
  return result;
}

std::span<const DatagramSocket::Incoming> DatagramSocket::receive() {
  Buffers& buffers = *buffers_;
  for (std::size_t i = 0; i < batch; i++) {
    msghdr& header = buffers.inMessages[i].msg_hdr;
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_controllen = buffers.inControls[i].size();
  }
  beginNow(clock_);
  const int count = ::recvmmsg(descriptor_, buffers.inMessages.data(), batch, MSG_DONTWAIT, nullptr);
  stats_.receiveCalls++;
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const std::int64_t nowUs = time.tv_sec * 1'000'000LL + time.tv_nsec / 1000;
  std::size_t used = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); i++) {
    msghdr& header = buffers.inMessages[i].msg_hdr;
    buffers.inAddresses[i].size = header.msg_namelen;
    Incoming packet{{buffers.inBytes[i].data(), buffers.inMessages[i].msg_len}, &buffers.inAddresses[i], nowUs, 0};
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
        packet.arrivedUs = clock_.arrivedUs(stamp.tv_sec * 1'000'000LL + stamp.tv_nsec / 1000, nowUs);
      } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t dropped = 0;
        std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
        stats_.kernelDropped = dropped;
      } else if ((control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TOS) ||
                 (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_TCLASS)) {
        packet.ecn = *CMSG_DATA(control) & 3;  // a byte, or an int whose low byte is first on all machines we build for
      }
    }
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      stats_.truncated++;
      continue;
    }
    stats_.received++;
    stats_.receivedBytes += packet.bytes.size();
    buffers.incoming[used++] = packet;
  }
  if (count < static_cast<int>(batch)) clock_.drained();
  return {buffers.incoming.data(), used};
}

}  // namespace feimu
