// Sender and receiver whole, over sockets and keys: what goes into the ring comes out as it was.
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "link/bbr-controller.h"
#include "link/clock.h"
#include "link/link-receiver.h"
#include "link/link-sender.h"
#include "link/link-thread.h"
#include "link/test/srtp-keys.h"
#include "testing/check.h"

using namespace feimu;
using namespace std::chrono_literals;

namespace {

constexpr int frames = 90;

std::shared_ptr<const EncodedFrame> makeFrame(int number) {
  auto frame = std::make_shared<EncodedFrame>();
  frame->key = number % 30 == 0;
  const auto nal = [&frame](std::uint8_t header, std::size_t size, int value) {
    for (const std::uint8_t byte : {0, 0, 0, 1}) frame->data.push_back(byte);
    frame->data.push_back(header);
    frame->data.resize(frame->data.size() + size, static_cast<std::uint8_t>(value));
  };
  if (frame->key) {
    nal(0x67, 10, 0x42);
    nal(0x68, 4, 0x13);
  }
  nal(frame->key ? 0x65 : 0x41, frame->key ? 30'000 : 8'000, number | 0x80);
  frame->number = number;
  frame->timestamp = static_cast<std::uint32_t>(number) * 900;
  frame->captureUs = nowUs();
  return frame;
}

void carriesPictures(const std::optional<SrtpKeys>& keys) {
  std::mutex mutex;  // guards `received`
  std::map<std::uint32_t, std::vector<std::uint8_t>> received;
  const auto receiver = LinkReceiver::make({.ownSsrc = randomSsrc()}, [&](AccessUnit&& unit) {
    const std::lock_guard lock(mutex);
    received[unit.timestamp] = std::move(unit.data);
  });
  PacketRing ring(4096);
  LinkSender sending({.mediaSsrc = randomSsrc(), .rtxSsrc = randomSsrc(), .fecSsrc = randomSsrc()}, ring,
                     std::make_unique<BbrController>(BbrOptions{}));
  const SocketAddress loopback = *parseAddress("127.0.0.1", 0);
  std::string error;
  const auto there = LinkThread::start({.local = loopback, .keys = keys ? std::optional(testing::turned(*keys)) : std::nullopt}, *receiver, error);
  CHECK(there);
  while (there->localPort() == 0) std::this_thread::yield();
  const auto here = LinkThread::start({.sends = true, .local = loopback, .peer = parseAddress("127.0.0.1", there->localPort()), .keys = keys, .ecn = 1}, sending, error);
  CHECK(here);
  while (here->stats().peer.empty()) std::this_thread::sleep_for(1ms);

  std::map<std::uint32_t, std::vector<std::uint8_t>> sent;
  auto next = std::chrono::steady_clock::now();
  for (int number = 0; number < frames; number++) {
    const auto frame = makeFrame(number);
    sent[frame->timestamp] = frame->data;
    CHECK(ring.push(frame, nowUs(), 1100));
    here->wake();
    std::this_thread::sleep_until(next += 10ms);
  }
  std::size_t whole = 0;
  for (int i = 0; i < 1000; i++) {
    const std::lock_guard lock(mutex);
    whole = received.size();
    if (whole == sent.size()) break;
    std::this_thread::sleep_for(1ms);
  }
  const std::lock_guard lock(mutex);
  for (const auto& [timestamp, bytes] : received) CHECK(sent.at(timestamp) == bytes);
  CHECK(whole > frames / 2);  // a machine that is too busy drops what would be late
  CHECK(here->stats().keys.forged == 0 && there->stats().keys.forged == 0);
}

}  // namespace

int main() {
  carriesPictures(std::nullopt);
  carriesPictures(testing::keys128);
}
