#include "link/link-thread.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "link/clock.h"
#include "link/descriptor.h"
#include "link/link-port.h"
#include "link/thread-priority.h"

namespace feimu {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t datagramBytes = 1500;
constexpr int roundsAtOnce = 8;               // then the other way has its turn
constexpr std::int64_t fullPauseUs = 1'000;   // ENOBUFS of a device's queue has no event that ends it
constexpr std::int64_t shortestWaitUs = 100;  // of an end whose deadline is over, though it had nothing
constexpr std::int64_t publishEveryUs = 100'000;

bool isLoopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

/// What a thread sleeps on.
struct Sleep {
  const Descriptor epoll{::epoll_create1(EPOLL_CLOEXEC)};
  const Descriptor timer{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
  const Descriptor wakeEvent{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  /// Without one of them it would not sleep, or sleep for ever.
  [[nodiscard]] bool sound() const { return epoll >= 0 && timer >= 0 && wakeEvent >= 0; }
};

class Runner final : public LinkThread {
 public:
  Runner(const Options& options, LinkEnd& end, std::unique_ptr<SrtpSession> keys, std::unique_ptr<Sleep> sleep)
      : options_(options),
        end_(end),
        keys_(std::move(keys)),
        port_(options.local, options.ecn),
        proof_({.ssrc = options.ssrc, .target = options.sends ? options.peer : std::nullopt, .oneWay = options.oneWay}),
        answer_({.ssrc = options.ssrc, .sender = options.peer, .nonce = options.nonce}),
        sleep_(std::move(sleep)),
        buffers_(DatagramSocket::batch),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void wake() override {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(sleep_->wakeEvent, &one, sizeof one));
  }
  Stats stats() const override {
    const std::lock_guard lock(mutex_);
    return published_;
  }
  std::uint16_t localPort() const override { return localPort_; }

 private:
  void run(const std::stop_token& stop) {
    realtime_ = putThisThreadFirst();
    const std::stop_callback stopped(stop, [this] { wake(); });
    watch(sleep_->wakeEvent);
    watch(sleep_->timer);
    while (!stop.stop_requested()) {
      const std::int64_t wakeUs = work();
      itimerspec when{};
      if (wakeUs != never) when.it_value = {wakeUs / 1'000'000, wakeUs % 1'000'000 * 1000 + 1};
      ::timerfd_settime(sleep_->timer, TFD_TIMER_ABSTIME, &when, nullptr);
      std::array<epoll_event, 4> events;
      const int count = ::epoll_wait(sleep_->epoll, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; i++) {
        std::uint64_t ignored = 0;
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == sleep_->wakeEvent || descriptor == sleep_->timer) static_cast<void>(!::read(descriptor, &ignored, sizeof ignored));
      }
    }
  }

  void watch(int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(sleep_->epoll, EPOLL_CTL_ADD, descriptor, &event);
  }

  /// All that can be done now; when to come back if nothing comes.
  std::int64_t work() {
    std::int64_t now = nowUs();
    DatagramSocket* socket = port_.socket(now);
    if (port_.opened() != opened_) {
      opened_ = port_.opened();
      localPort_ = port_.port();
      watch(socket->descriptor());
      drop();
      answer_.onMoved(now);
    }
    std::int64_t wakeUs = never;
    if (socket != nullptr) {
      const bool more = receive(*socket, now);
      now = nowUs();
      wakeUs = more ? now : never;
      if (!port_.wants()) sendProofs(*socket, now);
      if (!port_.wants()) wakeUs = std::min(wakeUs, sendAll(*socket, now));
      if (!port_.wants()) wakeUs = std::min(wakeUs, options_.sends ? proof_.wakeUs() : answer_.wakeUs());
    }
    wakeUs = std::min(wakeUs, port_.wakeUs());
    return std::min(wakeUs, publish(now));
  }

  bool receive(DatagramSocket& socket, std::int64_t now) {
    for (int round = 0; round < roundsAtOnce; round++) {
      const auto datagrams = socket.receive();
      for (const auto& datagram : datagrams) take(datagram, now);
      if (datagrams.size() < DatagramSocket::batch) return false;
    }
    return true;
  }

  void take(const DatagramSocket::Incoming& datagram, std::int64_t now) {
    std::span<std::uint8_t> bytes = datagram.bytes;
    if (keys_) {
      if (keys_->unprotect(bytes, now) != SrtpSession::Status::ok) return;
    } else if (!options_.accepts && !listensTo(*datagram.from)) {
      foreign_++;
      return;
    }
    if (options_.accepts) {
      const auto verdict = options_.accepts(*datagram.from, bytes, now);
      if (verdict == Options::Verdict::unproven) answer_.onUnproven(*datagram.from, now);
      if (verdict == Options::Verdict::refused) foreign_++;
      if (verdict != Options::Verdict::taken) return;
    }
    port_.sound();
    const auto message = parseProof(bytes);
    if (options_.sends) {
      proof_.onDatagram(*datagram.from, message, bytes.size(), now);
    } else {
      answer_.onDatagram(*datagram.from, message, now);
    }
    if (message) return;
    if (options_.sends && !keys_) {
      // Without keys only what the proven address says steers us.
      const SocketAddress* to = proof_.destination(now);
      if (to == nullptr || !(*to == *datagram.from)) return;
    }
    end_.onPacket(bytes, datagram.arrivedUs, datagram.ecn);
  }

  bool listensTo(const SocketAddress& from) {
    if (from == heard_) return true;
    const std::string host = from.host();
    const bool named = (options_.peer && options_.peer->host() == host) ||
                       std::find(options_.hosts.begin(), options_.hosts.end(), host) != options_.hosts.end() ||
                       (isLoopback(host) && isLoopback(options_.local.host()));
    if (named) heard_ = from;
    return named;
  }

  void sendProofs(DatagramSocket& socket, std::int64_t now) {
    while (const auto one = options_.sends ? proof_.next(now) : answer_.next(now)) {
      std::array<std::uint8_t, proofBytes + SrtpSession::overheadBytes> bytes{};
      const auto plain = formatProof(one->message);
      std::copy(plain.begin(), plain.end(), bytes.begin());
      const std::size_t size = keys_ ? keys_->protect(bytes, plain.size()) : plain.size();
      const DatagramSocket::Outgoing datagram{std::span(bytes).first(size), &one->to};
      if (size != 0 && socket.send({&datagram, 1}).outcome == DatagramSocket::Outcome::unreachable) return port_.lost(now);
    }
  }

  /// What the end has to send; when it wants to be asked again.
  std::int64_t sendAll(DatagramSocket& socket, std::int64_t now) {
    for (int round = 0; round < roundsAtOnce; round++) {
      const SocketAddress* to = options_.sends ? proof_.destination(now) : answer_.destination();
      if (connected_ != (to != nullptr)) {
        connected_ = to != nullptr;
        if (options_.onConnected) options_.onConnected(connected_);
      }
      if (to == nullptr) {
        drop();
        return never;
      }
      if (first_ == count_) {
        to_ = *to;
        gather(now);
        if (count_ == 0) return std::max(end_.wakeUs(), now + shortestWaitUs);
      }
      const auto sent = socket.send(std::span(outgoing_).subspan(first_, count_ - first_));
      first_ += sent.done;
      if (sent.outcome == DatagramSocket::Outcome::full) return now + fullPauseUs;
      if (sent.outcome == DatagramSocket::Outcome::unreachable) {
        drop();
        port_.lost(now);
        return never;
      }
      now = nowUs();
    }
    return now;
  }

  void gather(std::int64_t now) {
    first_ = count_ = 0;
    while (count_ < DatagramSocket::batch) {
      auto& buffer = buffers_[count_];
      std::size_t size = end_.next(now, std::span(buffer).first(datagramBytes));
      if (size == 0) return;
      if (keys_) size = keys_->protect(buffer, size);
      if (size == 0) {
        unsent_++;
        continue;
      }
      outgoing_[count_++] = {std::span(buffer).first(size), &to_};
    }
  }

  void drop() {
    unsent_ += count_ - first_;
    first_ = count_ = 0;
  }

  std::int64_t publish(std::int64_t now) {
    if (now < publishUs_) return publishUs_;
    publishUs_ = now + publishEveryUs;
    Stats all{.socket = port_.stats(), .keys = {}, .proof = proof_.stats(), .foreign = foreign_, .unsent = unsent_,
              .reopened = opened_ > 0 ? opened_ - 1 : 0, .peer = {}, .failure = port_.failure(), .error = port_.error(), .realtime = realtime_};
    if (keys_) all.keys = keys_->stats();
    const SocketAddress* to = options_.sends ? proof_.destination(now) : answer_.destination();
    if (to != nullptr) all.peer = addressText(*to);
    const bool changed = all.socket.sent != published_.socket.sent || all.socket.received != published_.socket.received;
    {
      const std::lock_guard lock(mutex_);
      published_ = std::move(all);
    }
    // Once more after the last change.
    return changed ? publishUs_ : never;
  }

  const Options options_;
  LinkEnd& end_;
  std::unique_ptr<SrtpSession> keys_;
  LinkPort port_;
  AddressProof proof_;
  AddressAnswer answer_;
  const std::unique_ptr<Sleep> sleep_;
  std::uint64_t opened_ = 0;
  SocketAddress heard_;  // of a host that we listen to
  SocketAddress to_;     // of what is in `outgoing_`
  std::vector<std::array<std::uint8_t, datagramBytes + SrtpSession::overheadBytes>> buffers_;
  std::array<DatagramSocket::Outgoing, DatagramSocket::batch> outgoing_{};
  std::size_t first_ = 0, count_ = 0;  // of `outgoing_`, what has not left
  std::uint64_t foreign_ = 0, unsent_ = 0;
  bool connected_ = false;
  std::int64_t publishUs_ = 0;
  bool realtime_ = false;
  std::atomic<std::uint16_t> localPort_{0};
  mutable std::mutex mutex_;  // guards published_
  Stats published_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace

std::unique_ptr<LinkThread> LinkThread::start(const Options& options, LinkEnd& end, std::string& error) {
  std::unique_ptr<SrtpSession> keys;
  if (options.keys) {
    keys = SrtpSession::open(*options.keys, error);
    if (!keys) return nullptr;
  }
  auto sleep = std::make_unique<Sleep>();
  if (!sleep->sound()) {
    error = std::string("A link needs three descriptors: ") + std::strerror(errno);
    return nullptr;
  }
  Options own = options;
  if (own.ssrc == 0) own.ssrc = randomSsrc();
  own.keys.reset();  // they are in the session alone from here on
  return std::make_unique<Runner>(own, end, std::move(keys), std::move(sleep));
}

}  // namespace feimu
