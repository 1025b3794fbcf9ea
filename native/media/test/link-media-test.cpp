// Pictures from encoder to decoder over real sockets, and what becomes of a link that is disturbed.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "link/clock.h"
#include "link/test/refused-call.h"
#include "link/test/srtp-keys.h"
#include "media/lasting-output.h"
#include "media/painter.h"
#include "media/phone-sender.h"
#include "media/rtp-source.h"
#include "media/sink-set.h"
#include "media/test/relay.h"
#include "testing/check.h"

using namespace feimu;

namespace {

const std::string path = "/tmp/feimu-link-media-test-" + std::to_string(::getpid());
const std::string stagePath = path + ".stage";
const SrtpKeys there = testing::keys128;
const SrtpKeys here = testing::turned(there);

template <typename Condition>
void until(Condition holds, int line = __builtin_LINE()) {
  for (const std::int64_t endUs = nowUs() + 30'000'000; !holds();) {
    if (nowUs() > endUs) std::fprintf(stderr, "waited in vain in line %d\n", line);
    CHECK(nowUs() < endUs);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::uint16_t freePort() {
  const auto socket = DatagramSocket::open({.local = *parseAddress("127.0.0.1", 0)});
  CHECK(socket);
  return socket->localAddress().port();
}

std::unique_ptr<PhoneSender> send(std::uint16_t port, const std::optional<SrtpKeys>& keys) {
  std::string error;
  auto sender = PhoneSender::start(
      {.host = "127.0.0.1", .port = port, .width = 320, .height = 180, .fps = 30, .kbps = 800, .clock = true, .keys = keys}, error);
  CHECK(sender && error.empty());
  return sender;
}

class Receiver {
 public:
  explicit Receiver(const std::optional<SrtpKeys>& keys, std::uint16_t onPort = freePort())
      : port(onPort), output_(FrameProducer::listen(frames_)), source_(openRtpSource(1, {"127.0.0.1", port, {}, keys}, output_)) {
    output_.setOrder({1});
  }
  ~Receiver() { ::unlink(frames_.c_str()); }
  /// Waits until so many pictures more were decoded.
  void await(std::uint64_t more, int line = __builtin_LINE()) {
    until([this, wanted = status().frames + more] { return status().frames >= wanted; }, line);
  }
  SourceStatus status() { return source_->status(); }
  LinkStatus link() { return *source_->link(); }
  const std::uint16_t port;

 private:
  static inline std::atomic<int> count_ = 0;
  const std::string frames_ = path + "." + std::to_string(count_++);
  SourceSwitch output_;
  std::unique_ptr<Source> source_;
};

void carriesPictures(const std::optional<SrtpKeys>& keys) {
  Receiver receiver(keys ? std::optional(testing::turned(*keys)) : std::nullopt);
  const auto sender = send(receiver.port, keys);
  receiver.await(45);
  const LinkStatus received = receiver.link();
  CHECK(received.state == "receiving" && received.isProtected == keys.has_value() && received.kbps > 0);
  CHECK(received.assembleMs >= 0 && received.decodeMs > 0 && received.totalMs > 0);
  CHECK(received.malformed == 0 && received.forged == 0 && received.replayed == 0);
  const LinkStatus sent = sender->link();
  CHECK(sent.peer == "127.0.0.1:" + std::to_string(receiver.port) && sent.kbps > 0 && sent.rttMs > 0 && sent.targetKbps > 0);
  CHECK(sent.targetKbps <= 800 && sent.failure.empty());
  const auto timings = sender->takeTimings();
  CHECK(timings.size() >= 45);
  for (const FrameTimes& times : timings) CHECK(times.captureUs <= times.encodedUs && times.encodedUs <= times.sentUs);
}

void showsNothingOfWhoHasOtherKeys() {
  Receiver receiver(here);
  // Not turned: what one end sends by, the other one does not open.
  const auto sender = send(receiver.port, here);
  until([&] { return receiver.link().forged >= 2; });
  CHECK(receiver.status().frames == 0 && receiver.status().sender.empty());
  CHECK(sender->link().state == "proving" && sender->link().frames == 0);
}

void countsWhatIsForgedAndReplayed() {
  Receiver receiver(here);
  int count = 0;
  const testing::Relay relay(receiver.port, [&](std::vector<std::uint8_t>&& bytes) {
    testing::Relay::Datagrams out;
    count++;
    if (count > 60 && count % 31 == 0) return out;  // lost
    if (count % 7 == 0) {
      out.push_back(bytes);
      out.back()[bytes.size() / 2] ^= 0x10;
    }
    out.push_back(bytes);
    if (count % 5 == 0) out.push_back(bytes);
    if (count % 11 == 0) out.emplace_back(bytes.begin(), bytes.begin() + 9);
    return out;
  });
  const auto sender = send(relay.port(), there);
  receiver.await(90);
  const LinkStatus link = receiver.link();
  CHECK(link.forged > 0 && link.replayed > 0 && link.malformed > 0);
  CHECK(receiver.status().dropped == 0);
}

void followsASenderThatMoves() {
  Receiver receiver(here);
  testing::Relay relay(receiver.port, [](std::vector<std::uint8_t>&& bytes) { return testing::Relay::Datagrams{std::move(bytes)}; });
  const auto sender = send(relay.port(), there);
  receiver.await(20);
  const std::string before = receiver.link().peer;
  relay.move();
  until([&] { return !receiver.link().peer.empty() && receiver.link().peer != before; });
  receiver.await(20);
}

/// Its process stands still: nothing is read, nothing said.
void stopsForWhoFallsSilent() {
  Receiver receiver(std::nullopt);
  testing::Relay relay(receiver.port, [](std::vector<std::uint8_t>&& bytes) { return testing::Relay::Datagrams{std::move(bytes)}; });
  const auto sender = send(relay.port(), std::nullopt);
  receiver.await(20);
  relay.cut(true);
  until([&] { return sender->link().state == "proving"; });
  const std::uint64_t frames = sender->link().frames;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // six pictures' time
  CHECK(sender->link().frames <= frames + 1);
  relay.cut(false);
  receiver.await(30);
}

/// It says that nothing comes: the circuit breaker (RFC 8083 §4.2) ends the stream, and another one begins after a pause.
void stopsForWhoGetsNothing() {
  Receiver receiver(there);
  std::atomic<bool> open = true;
  const testing::Relay relay(receiver.port, [&](std::vector<std::uint8_t>&& bytes) {
    return open ? testing::Relay::Datagrams{std::move(bytes)} : testing::Relay::Datagrams{};
  });
  const auto sender = send(relay.port(), here);
  receiver.await(20);
  open = false;
  until([&] { return sender->link().state == "broken"; });
  CHECK(sender->link().failure == "LINK_BROKEN");
  open = true;
  receiver.await(30);
  CHECK(sender->link().failure.empty());
}

void findsAReceiverThatBeganAnew(const std::optional<SrtpKeys>& keys) {
  auto receiver = std::make_unique<Receiver>(keys ? std::optional(testing::turned(*keys)) : std::nullopt);
  const std::uint16_t port = receiver->port;
  const auto sender = send(port, keys);
  receiver->await(20);
  receiver.reset();
  receiver = std::make_unique<Receiver>(keys ? std::optional(testing::turned(*keys)) : std::nullopt, port);
  receiver->await(20);
}

/// Somebody recorded all that went by, and plays it to a receiver that knows nothing of it any more.
void recordingsAreNotShown() {
  auto receiver = std::make_unique<Receiver>(here);
  const std::uint16_t port = receiver->port;
  testing::Relay::Datagrams recording;
  {
    const testing::Relay relay(port, [&](std::vector<std::uint8_t>&& bytes) {
      recording.push_back(bytes);
      return testing::Relay::Datagrams{std::move(bytes)};
    });
    const auto sender = send(relay.port(), there);
    receiver->await(20);
  }
  receiver.reset();
  receiver = std::make_unique<Receiver>(here, port);
  const auto thief = DatagramSocket::open({.local = *parseAddress("127.0.0.1", 0)});
  const SocketAddress to = *parseAddress("127.0.0.1", port);
  CHECK(thief);
  // Twice: the second time they are known, so the first was looked at.
  until([&] {
    for (const auto& bytes : recording) {
      const DatagramSocket::Outgoing out{bytes, &to};
      thief->send({&out, 1});
    }
    return receiver->link().replayed > recording.size();
  });
  CHECK(receiver->status().frames == 0 && receiver->status().sender.empty());
  const auto sender = send(port, there);
  receiver->await(20);
}

/// It could not be opened, for lack of descriptors: after a pause it is tried again.
void opensWhenItCan() {
  const Receiver receiver(std::nullopt);
  LastingOutput output({.to = *parseAddress("127.0.0.1", receiver.port), .kbps = 800});
  const std::int64_t now = nowUs();
  std::jthread([&] {
    testing::refuseHere(SYS_epoll_create1, EMFILE);
    std::string error;
    CHECK(!output.open(error) && !error.empty());
    CHECK(output.connected(now) == nullptr && output.connected(now + LastingOutput::retryUs) == nullptr);
    CHECK(output.status().state == "waiting");
  }).join();
  CHECK(output.connected(now + LastingOutput::retryUs) == nullptr);
  until([&] { return output.connected(now + 2 * LastingOutput::retryUs) != nullptr; });
}

/// A stage that draws while somebody wants it.
class DrawnStage {
 public:
  DrawnStage() : thread_([this](const std::stop_token& stop) { run(stop); }) {}
  [[nodiscard]] bool wanted() const { return wanted_; }
  /// Draws nothing more.
  void stand() { stands_ = true; }

 private:
  void run(const std::stop_token& stop) {
    const auto producer = FrameProducer::listen(stagePath);
    CHECK(producer);
    Painter painter(320, 180);
    for (std::uint64_t number = 0; !stop.stop_requested(); number++) {
      std::this_thread::sleep_for(std::chrono::milliseconds(33));
      producer->poll();
      wanted_ = producer->wanted();
      if (!wanted_ || stands_) continue;
      paintPhone(painter, number);
      const auto buffer = producer->acquire(painter.view().format);
      if (buffer.empty()) continue;
      std::copy(painter.view().data.begin(), painter.view().data.end(), buffer.begin());
      producer->publish({});
    }
  }
  std::atomic<bool> wanted_{false}, stands_{false};
  std::jthread thread_;
};

void sinksShareOneStage() {
  DrawnStage stage;
  Receiver keyed(here), plain(std::nullopt);
  const auto feed = StageFeed::open(stagePath);
  CHECK(feed);
  SinkSet sinks(*feed);
  SinkSpec unknown;
  unknown.kind = "smell";
  CHECK(!sinks.set({unknown}));
  const SinkSpec first{.kind = "rtp", .host = "127.0.0.1", .port = keyed.port, .kbps = 800, .keys = there};
  const SinkSpec second{.kind = "rtp", .host = "127.0.0.1", .port = plain.port, .kbps = 400, .width = 160, .height = 90, .oneWay = true};
  CHECK(sinks.set({first, second}));
  keyed.await(20);
  plain.await(20);
  CHECK(keyed.status().width == 320 && plain.status().width == 160 && plain.status().height == 90);
  CHECK(sinks.status()[0].isProtected && sinks.status()[0].failure.empty());
  // The first one goes on as if nothing had happened; what may not be opened says so.
  SinkSpec lost = first, open = second;
  lost.keys->sendKey = "sealed:1:";
  open.host = "203.0.113.7";
  CHECK(sinks.set({first, lost, open}));
  CHECK(sinks.status()[0].frames >= 20);
  CHECK(sinks.status()[1].failure == "LINK_KEYS_WRONG" && sinks.status()[2].failure == "SINK_ONE_WAY_PUBLIC");
  keyed.await(20);
  stage.stand();
  keyed.await(6);
  CHECK(sinks.set({}) && sinks.status().empty());
  until([&] { return !stage.wanted(); });
}

}  // namespace

int main() {
  // They wait more than they work.
  std::vector<std::jthread> cases;
  cases.emplace_back(stopsForWhoGetsNothing);
  cases.emplace_back(stopsForWhoFallsSilent);
  cases.emplace_back(showsNothingOfWhoHasOtherKeys);
  cases.emplace_back([] { findsAReceiverThatBeganAnew(std::nullopt); });
  cases.emplace_back([] { findsAReceiverThatBeganAnew(there); });
  sinksShareOneStage();
  carriesPictures(std::nullopt);
  carriesPictures(there);
  carriesPictures(testing::keys256);
  countsWhatIsForgedAndReplayed();
  followsASenderThatMoves();
  recordingsAreNotShown();
  opensWhenItCan();
  cases.clear();
  ::unlink(stagePath.c_str());
  return 0;
}
