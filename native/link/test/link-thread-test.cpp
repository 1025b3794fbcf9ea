#include "link/link-thread.h"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "link/clock.h"
#include "link/test/network.h"
#include "link/test/refused-call.h"
#include "link/test/srtp-keys.h"
#include "testing/check.h"

using namespace feimu;
using namespace std::chrono_literals;

namespace {

SocketAddress at(const std::string& host, std::uint16_t port = 0) {
  const auto address = parseAddress(host, port);
  CHECK(address);
  return *address;
}

/// Counts what comes, and sends numbered packets on time: RTP of 1,000 bytes, or receiver reports of 32.
class End final : public LinkEnd {
 public:
  End(bool media, std::int64_t everyUs) : media_(media), everyUs_(everyUs) {}

  void onPacket(std::span<const std::uint8_t> bytes, std::int64_t arrivedUs, std::uint8_t ecn) override {
    CHECK(bytes.size() == (media_ ? 32 : 1000));
    CHECK(arrivedUs <= nowUs() && arrivedUs > nowUs() - 5'000'000);
    const std::lock_guard lock(mutex_);
    came_++;
    ecn_ = ecn;
    changed_.notify_all();
  }
  std::size_t next(std::int64_t now, std::span<std::uint8_t> out) override {
    CHECK(out.size() == 1500);
    if (now < dueUs_) return 0;
    dueUs_ = std::max(dueUs_ + everyUs_, now - 10 * everyUs_);
    std::fill(out.begin(), out.begin() + 1000, 0);
    out[0] = media_ ? 0x80 : 0x81;
    out[1] = media_ ? 96 : 201;
    out[2] = static_cast<std::uint8_t>(sent_ >> 8);
    out[3] = static_cast<std::uint8_t>(sent_);
    if (!media_) out[2] = 0, out[3] = 7;
    out[11] = 1;
    sent_++;
    return media_ ? 1000 : 32;
  }
  [[nodiscard]] std::int64_t wakeUs() const override { return dueUs_; }

  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  std::uint8_t ecn() {
    const std::lock_guard lock(mutex_);
    return ecn_;
  }
  std::uint64_t came() {
    const std::lock_guard lock(mutex_);
    return came_;
  }
  /// Waits until `more` packets have come from now on.
  void await(std::uint64_t more) {
    std::unique_lock lock(mutex_);
    CHECK(changed_.wait_for(lock, 20s, [this, wanted = came_ + more] { return came_ >= wanted; }));
  }

 private:
  const bool media_;
  const std::int64_t everyUs_;
  std::int64_t dueUs_ = 0;
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;  // guards what came
  std::condition_variable changed_;
  std::uint64_t came_ = 0;
  std::uint8_t ecn_ = 0;
};

std::unique_ptr<LinkThread> start(const LinkThread::Options& options, End& end) {
  std::string error;
  auto thread = LinkThread::start(options, end, error);
  CHECK(thread);
  return thread;
}

std::uint16_t portOf(const LinkThread& thread) {
  while (thread.localPort() == 0) std::this_thread::yield();
  return thread.localPort();
}

template <typename Condition>
void until(Condition condition, int line = __builtin_LINE()) {
  for (const std::int64_t endUs = nowUs() + 20'000'000; !condition();) {
    if (nowUs() > endUs) std::fprintf(stderr, "waited in vain in line %d\n", line);
    CHECK(nowUs() < endUs);
    std::this_thread::sleep_for(5ms);
  }
}

void carriesBothWays(const std::string& host, const std::optional<SrtpKeys>& keys, bool receiverAsks) {
  End media(true, 1000), feedback(false, 20'000);
  const auto other = keys ? std::optional(testing::turned(*keys)) : std::nullopt;
  std::unique_ptr<LinkThread> sender, receiver;
  if (receiverAsks) {
    sender = start({.sends = true, .local = at(host), .keys = keys, .ecn = 1}, media);
    receiver = start({.local = at(host), .peer = at(host, portOf(*sender)), .keys = other}, feedback);
  } else {
    receiver = start({.local = at(host), .keys = other}, feedback);
    sender = start({.sends = true, .local = at(host), .peer = at(host, portOf(*receiver)), .keys = keys, .ecn = 1}, media);
  }
  feedback.await(200);
  media.await(5);
  CHECK(feedback.ecn() == 1);
  until([&] { return sender->stats().socket.sent > 200; });
  const auto stats = sender->stats();
  CHECK(stats.proof.proofs == 1 && stats.proof.wrong == 0 && stats.unsent == 0 && stats.reopened == 0 && stats.failure.empty());
  CHECK(stats.peer == addressText(at(host, portOf(*receiver))));
  CHECK(stats.keys.forged == 0 && (stats.keys.opened > 0) == keys.has_value());
}

void sendsNothingToWhoDoesNotAnswer() {
  auto silent = DatagramSocket::open({.local = at("127.0.0.1")});
  CHECK(silent);
  End media(true, 1000);
  const auto sender = start({.sends = true, .local = at("127.0.0.1"), .peer = silent->localAddress()}, media);
  int challenges = 0;
  while (challenges < 3) {
    pollfd waiting{silent->descriptor(), POLLIN, 0};
    CHECK(::poll(&waiting, 1, 10'000) == 1);
    for (const auto& datagram : silent->receive()) {
      const auto message = parseProof(datagram.bytes);
      CHECK(message && message->kind == ProofMessage::Kind::challenge);
      challenges++;
    }
  }
  CHECK(media.sent() == 0 && sender->stats().peer.empty());
}

void countsWhoHasOtherKeys() {
  End media(true, 1000), feedback(false, 20'000);
  const auto receiver = start({.local = at("127.0.0.1"), .keys = testing::keys128}, feedback);
  // Its keys are not turned: what one end sends by, the other one does not open.
  const auto sender = start({.sends = true, .local = at("127.0.0.1"), .peer = at("127.0.0.1", portOf(*receiver)), .keys = testing::keys128}, media);
  until([&] { return receiver->stats().keys.forged >= 2; });
  CHECK(media.sent() == 0 && feedback.came() == 0 && receiver->stats().peer.empty());
  SrtpKeys wrong = testing::keys128;
  wrong.sendKey = "AAAA";
  std::string error;
  CHECK(!LinkThread::start({.local = at("127.0.0.1"), .keys = wrong}, feedback, error) && error.find("sendKey") != std::string::npos);
}

void stopsForAReceiverThatIsGone() {
  End media(true, 1000), feedback(false, 20'000), again(false, 20'000);
  auto receiver = start({.local = at("127.0.0.1"), .keys = testing::turned(testing::keys128)}, feedback);
  const SocketAddress to = at("127.0.0.1", portOf(*receiver));
  const auto sender = start({.sends = true, .local = at("127.0.0.1"), .peer = to, .keys = testing::keys128}, media);
  feedback.await(50);
  receiver.reset();
  until([&] { return sender->stats().proof.expired == 1; });
  const std::uint64_t sent = media.sent();
  std::this_thread::sleep_for(50ms);  // 50 packets' time
  CHECK(media.sent() == sent);
  // One that begins anew on that port is found, and gets the stream where it is.
  receiver = start({.local = to, .keys = testing::turned(testing::keys128)}, again);
  again.await(50);
}

/// Two namespaces with a cable between them that can be pulled.
class Cable {
 public:
  Cable() {
    std::thread([this] {
      for (Place& place : places_) {
        // Before there is any address, Linux binds to all of them.
        CHECK(testing::enterOwnNetwork());
        place.descriptor = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
      }
    }).join();
  }
  ~Cable() {
    for (const Place& place : places_) ::close(place.descriptor);
  }
  template <typename Work>
  void in(int index, Work work) {
    std::thread([&] {
      CHECK(::setns(places_[static_cast<std::size_t>(index)].descriptor, CLONE_NEWNET) == 0);
      work();
    }).join();
  }
  void plug(const std::string& one, const std::string& other) {
    const std::string there = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(places_[1].descriptor);
    in(0, [&] {
      testing::ip("link add cable0 type veth peer name cable1 netns " + there);
      testing::ip("addr add " + one + "/24 dev cable0");
      testing::ip("link set cable0 up");
    });
    in(1, [&] {
      testing::ip("addr add " + other + "/24 dev cable1");
      testing::ip("link set cable1 up");
    });
  }
  void pull() {
    in(0, [] { testing::ip("link del cable0"); });
  }

 private:
  struct Place {
    int descriptor = -1;
  };
  std::array<Place, 2> places_;
};

void comesBackWithOtherAddresses() {
  Cable cable;
  cable.plug("10.8.0.1", "10.8.0.2");
  End media(true, 1000), feedback(false, 20'000);
  std::unique_ptr<LinkThread> sender, receiver;
  cable.in(1, [&] { receiver = start({.local = at("0.0.0.0", 5000), .keys = testing::turned(testing::keys128)}, feedback); });
  cable.in(0, [&] {
    sender = start({.sends = true, .local = at("0.0.0.0"), .peer = at("10.8.0.2", 5000), .keys = testing::keys128}, media);
  });
  feedback.await(200);
  media.await(3);
  const std::uint16_t port = portOf(*sender);
  cable.pull();
  until([&] { return sender->stats().socket.unreachable > 1; });
  cable.plug("10.8.0.3", "10.8.0.2");
  feedback.await(200);  // the sender has another address
  media.await(3);
  until([&] { return sender->stats().reopened > 0; });
  CHECK(portOf(*sender) == port);
  CHECK(receiver->stats().peer == "10.8.0.3:" + std::to_string(port));

  cable.in(1, [] {
    testing::ip("addr del 10.8.0.2/24 dev cable1");
    testing::ip("addr add 10.8.0.4/24 dev cable1");
  });
  until([&] { return sender->stats().proof.moved == 1; });
  feedback.await(200);
  CHECK(sender->stats().peer == "10.8.0.4:5000");
}

void waitsForItsAddress() {
  Cable cable;
  End feedback(false, 20'000);
  std::unique_ptr<LinkThread> receiver;
  cable.in(1, [&] { receiver = start({.local = at("10.8.0.2", 5000), .keys = testing::keys128}, feedback); });
  until([&] { return !receiver->stats().failure.empty(); });
  CHECK(receiver->localPort() == 0);
  cable.plug("10.8.0.1", "10.8.0.2");
  until([&] { return receiver->localPort() == 5000 && receiver->stats().failure.empty(); });
}

/// Without one of the descriptors that it sleeps on a thread would turn without end.
void startsOnlyWithDescriptors() {
  for (const long call : {SYS_epoll_create1, SYS_timerfd_create, SYS_eventfd2}) {
    std::jthread([call] {
      testing::refuseHere(call, EMFILE);
      End media(true, 1000);
      std::string error;
      CHECK(!LinkThread::start({.local = at("127.0.0.1")}, media, error) && !error.empty());
    }).join();
  }
}

}  // namespace

int main() {
  startsOnlyWithDescriptors();
  carriesBothWays("127.0.0.1", std::nullopt, false);
  carriesBothWays("127.0.0.1", testing::keys128, true);
  carriesBothWays("::1", testing::keys256, false);
  carriesBothWays("::1", std::nullopt, true);
  sendsNothingToWhoDoesNotAnswer();
  countsWhoHasOtherKeys();
  stopsForAReceiverThatIsGone();
  if (testing::enterOwnNetwork()) {
    comesBackWithOtherAddresses();
    waitsForItsAddress();
  }
}
