#include "frames/frame-channel.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "frames/frame-pool.h"

namespace feimu {

namespace {

/// All that crosses the socket after a pool's descriptor; a datagram of SOCK_SEQPACKET.
struct Message {
  enum class Kind : std::uint32_t { pool = 1, frame = 2, wanted = 3 };
  Kind kind;
  std::uint32_t value;  // pool: the consumer's first buffer; wanted: 0 or 1
};

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void reset(int value = -1) {
    if (value_ >= 0) ::close(value_);
    value_ = value;
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

bool fillAddress(sockaddr_un& address, const std::string& path) {
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return true;
}

/// False when the peer is gone. A full socket only loses a wake-up: the mailbox holds the frame.
bool sendMessage(int socket, const Message& message, int attached = -1) {
  iovec part{const_cast<Message*>(&message), sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (attached >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &attached, sizeof attached);
  }
  if (::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return true;
  return attached < 0 && (errno == EAGAIN || errno == EINTR);
}

enum class Received { message, nothing, gone };

/// `attached` gets the descriptor that came along, or -1.
Received receiveMessage(int socket, Message& message, int& attached) {
  iovec part{&message, sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  attached = -1;
  const ssize_t size = ::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Received::nothing : Received::gone;
  for (cmsghdr* rights = CMSG_FIRSTHDR(&header); rights != nullptr; rights = CMSG_NXTHDR(&header, rights)) {
    if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; i++) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(rights) + i * sizeof(int), sizeof descriptor);
      if (attached < 0) {
        attached = descriptor;
      } else {
        ::close(descriptor);
      }
    }
  }
  if (size == static_cast<ssize_t>(sizeof message)) return Received::message;
  if (attached >= 0) ::close(attached);
  attached = -1;
  return Received::gone;
}

class Producer final : public FrameProducer {
 public:
  Producer(int listener, int events) : listener_(listener), events_(events) { watch(listener); }

  std::span<std::byte> acquire(const FrameFormat& format) override {
    poll();
    if (!pool_ || !(pool_->format() == format)) {
      auto made = FramePool::create(format);
      if (!made) return {};
      pool_ = std::move(made);
      own_ = 0;
      last_ = FramePool::buffers;
      offerPool();
    }
    acquired_ = true;
    return {pool_->data(own_), format.sizeBytes()};
  }

  void publish(const FrameInfo& info) override {
    if (!pool_ || (!acquired_ && !info.ended)) return;
    acquired_ = false;
    pool_->info(own_) = info;
    last_ = own_;
    own_ = pool_->mailbox().exchange(own_ | FramePool::fresh, std::memory_order_acq_rel) & 3U;
    if (own_ >= FramePool::buffers) own_ = 0;  // the other side wrote nonsense
    if (consumer_.get() >= 0 && !sendMessage(consumer_.get(), {Message::Kind::frame, 0})) drop();
  }

  void poll() override {
    epoll_event event{};
    while (::epoll_wait(events_.get(), &event, 1, 0) == 1) {
      if (event.data.fd == listener_.get()) {
        accept();
      } else {
        read();
      }
    }
  }

  [[nodiscard]] bool wanted() const override { return consumer_.get() >= 0 && wanted_; }
  [[nodiscard]] int descriptor() const override { return events_.get(); }

 private:
  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, descriptor, &event);
  }

  void accept() {
    const int accepted = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return;
    consumer_.reset(accepted);  // one consumer: a restarted one takes over
    wanted_ = false;  // until it says so
    watch(accepted);
    if (pool_) offerPool();
  }

  /// Gives the consumer the pool, the last frame fresh in the mailbox, and a buffer of its own.
  void offerPool() {
    if (consumer_.get() < 0) return;
    const std::uint32_t mailbox = pool_->mailbox().load(std::memory_order_acquire) & 3U;
    std::uint32_t theirs = FramePool::buffers - own_ - mailbox;
    std::uint32_t inside = mailbox;
    if (last_ < FramePool::buffers && last_ == theirs) std::swap(theirs, inside);
    if (theirs >= FramePool::buffers || inside >= FramePool::buffers) {
      pool_.reset();  // nonsense in the mailbox: the next frame makes a new pool
      return;
    }
    const bool any = last_ < FramePool::buffers;
    pool_->mailbox().store(inside | (any ? FramePool::fresh : 0U), std::memory_order_release);
    if (!sendMessage(consumer_.get(), {Message::Kind::pool, theirs}, pool_->descriptor())) drop();
  }

  void read() {
    Message message{};
    int attached = -1;
    for (;;) {
      const Received result = receiveMessage(consumer_.get(), message, attached);
      if (attached >= 0) ::close(attached);
      if (result == Received::nothing) return;
      if (result == Received::gone) {
        drop();
        return;
      }
      if (message.kind == Message::Kind::wanted) wanted_ = message.value != 0;
    }
  }

  void drop() { consumer_.reset(); }

  Descriptor listener_;
  Descriptor events_;
  Descriptor consumer_;
  bool wanted_ = false;
  bool acquired_ = false;
  std::unique_ptr<FramePool> pool_;
  std::uint32_t own_ = 0;
  std::uint32_t last_ = FramePool::buffers;  // none yet
};

class Consumer final : public FrameConsumer {
 public:
  Consumer(std::string path, bool dmaBufs, bool wanted) : path_(std::move(path)), dmaBufs_(dmaBufs), wanted_(wanted) { connect(); }

  std::optional<BorrowedFrame> take() override {
    if (socket_.get() < 0) connect();
    if (socket_.get() >= 0) read();
    // A new pool replaces the old one only when it has a frame, so that the old frame stays readable until then.
    if (next_ && takeFrom(*next_, nextOwn_)) {
      pool_ = std::move(next_);
      own_ = nextOwn_;
      return borrowed();
    }
    if (pool_ && takeFrom(*pool_, own_)) return borrowed();
    return std::nullopt;
  }

  void setWanted(bool wanted) override {
    if (wanted == wanted_) return;
    wanted_ = wanted;
    tellWanted();
  }

  [[nodiscard]] bool connected() const override { return socket_.get() >= 0; }
  [[nodiscard]] int descriptor() const override { return socket_.get(); }

 private:
  static bool takeFrom(const FramePool& pool, std::uint32_t& own) {
    if ((pool.mailbox().load(std::memory_order_relaxed) & FramePool::fresh) == 0) return false;
    const std::uint32_t got = pool.mailbox().exchange(own, std::memory_order_acq_rel) & 3U;
    if (got >= FramePool::buffers) return false;
    own = got;
    return true;
  }

  [[nodiscard]] BorrowedFrame borrowed() const {
    return {pool_->format(), pool_->info(own_), pool_->data(own_), pool_->serial(), own_, dmaBufs_ ? pool_->dmaBuf(own_) : -1};
  }

  void connect() {
    sockaddr_un address{};
    if (!fillAddress(address, path_)) return;
    socket_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket_.get() < 0) return;
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      socket_.reset();
      return;
    }
    tellWanted();
  }

  void tellWanted() {
    if (socket_.get() >= 0 && !sendMessage(socket_.get(), {Message::Kind::wanted, wanted_ ? 1U : 0U})) socket_.reset();
  }

  void read() {
    Message message{};
    int attached = -1;
    for (;;) {
      const Received result = receiveMessage(socket_.get(), message, attached);
      if (result == Received::nothing) return;
      if (result == Received::gone) {
        socket_.reset();
        return;
      }
      if (attached < 0) continue;
      auto pool = message.kind == Message::Kind::pool && message.value < FramePool::buffers ? FramePool::map(attached)
                                                                                           : nullptr;
      if (!pool) {
        socket_.reset();
        return;
      }
      next_ = std::move(pool);
      nextOwn_ = message.value;
    }
  }

  std::string path_;
  bool dmaBufs_;
  bool wanted_;
  Descriptor socket_;
  std::unique_ptr<FramePool> pool_;
  std::uint32_t own_ = 0;
  std::unique_ptr<FramePool> next_;
  std::uint32_t nextOwn_ = 0;
};

}  // namespace

std::unique_ptr<FrameProducer> FrameProducer::listen(const std::string& path) {
  sockaddr_un address{};
  if (!fillAddress(address, path)) return nullptr;
  const int events = ::epoll_create1(EPOLL_CLOEXEC);
  const int listener = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  ::unlink(path.c_str());
  if (events < 0 || listener < 0 ||
      ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 4) != 0) {
    const int error = errno;
    if (events >= 0) ::close(events);
    if (listener >= 0) ::close(listener);
    errno = error;
    return nullptr;
  }
  return std::make_unique<Producer>(listener, events);
}

std::unique_ptr<FrameConsumer> FrameConsumer::open(const std::string& path, bool dmaBufs, bool wanted) {
  sockaddr_un address{};
  if (!fillAddress(address, path)) return nullptr;
  return std::make_unique<Consumer>(path, dmaBufs, wanted);
}

}  // namespace feimu
