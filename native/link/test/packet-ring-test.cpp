#include "link/packet-ring.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <random>
#include <thread>

#include "testing/check.h"

using namespace feimu;

namespace {
std::atomic<std::size_t> allocations{0};
}

void* operator new(std::size_t size) {
  allocations++;
  if (void* at = std::malloc(size)) return at;
  std::abort();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

constexpr std::size_t maxPayloadBytes = 1002;

/// Parameter sets when `key`, and a slice of `fragments` packets whose bytes tell the number.
std::shared_ptr<const EncodedFrame> frame(std::int64_t number, std::size_t fragments, bool key = false) {
  auto out = std::make_shared<EncodedFrame>();
  out->number = number;
  out->key = key;
  static constexpr std::array<std::uint8_t, 17> head{0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65};
  const std::size_t from = key ? 0 : 12;
  out->data.assign(head.size() - from + fragments * 1000, static_cast<std::uint8_t>(number % 200 + 2));
  std::copy(head.begin() + from, head.end(), out->data.begin());
  if (!key) out->data[head.size() - from - 1] = 0x41;
  return out;
}

/// Sends one packet at `nowUs`.
RingPacket* send(PacketRing& ring, std::int64_t nowUs) {
  RingPacket* packet = ring.next();
  if (packet == nullptr) return nullptr;
  packet->sentUs = nowUs;
  ring.advance();
  return packet;
}

void givesPacketsInOrder() {
  PacketRing ring(64, 65534);
  CHECK(ring.next() == nullptr && ring.unsentPackets() == 0);
  CHECK(ring.push(frame(0, 2, true), 5, maxPayloadBytes));
  CHECK(ring.unsentPackets() == 3 && ring.unsentBytes() == 9 + 2 * 1002);
  const RingPacket* packet = ring.next();
  CHECK(packet == ring.next());
  CHECK(packet->sequence == 65534 && packet->first && !packet->marker && packet->prefixBytes == 0 && packet->pushedUs == 5);
  CHECK((std::vector<std::uint8_t>(packet->payload.begin(), packet->payload.end()) ==
         std::vector<std::uint8_t>{0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2}));
  send(ring, 10);
  packet = send(ring, 11);
  CHECK(packet->sequence == 65535 && !packet->first && !packet->marker && packet->sizeBytes() == 1002);
  CHECK(packet->prefixBytes == 2 && packet->prefix[0] == 0x7c && packet->prefix[1] == 0x85);
  CHECK(packet->payload.data() > packet->frame->data.data());
  packet = send(ring, 12);
  CHECK(packet->sequence == 0 && packet->marker && packet->prefix[1] == 0x45);
  CHECK(ring.next() == nullptr && ring.unsentPackets() == 0 && ring.unsentBytes() == 0);
  ring.advance();
  CHECK(ring.push(frame(1, 1), 0, maxPayloadBytes) && ring.next()->sequence == 1);
}

void keepsWhatWasSent() {
  PacketRing ring(64, 65530);
  for (int i = 0; i < 10; i++) CHECK(ring.push(frame(i, 2), 0, maxPayloadBytes));
  for (int i = 0; i < 12; i++) send(ring, 100 + i);
  CHECK(ring.find(65529) == nullptr && ring.find(65530)->frame->number == 0 && ring.find(5)->frame->number == 5);
  CHECK(ring.find(6) == nullptr);   // not sent yet
  CHECK(ring.find(5 - 64) == nullptr && ring.find(5 + 64) == nullptr);
  ring.expire(104);
  CHECK(ring.find(65533) == nullptr && ring.find(65534)->sentUs == 104);
  ring.expire(1000);
  CHECK(ring.find(5) == nullptr && ring.next()->sequence == 6);
  // Half of the slots at most are for what was sent.
  PacketRing small(8);
  for (int i = 0; i < 100; i++) {
    CHECK(small.push(frame(i, 4), 0, maxPayloadBytes));
    while (send(small, i + 1) != nullptr) {}
  }
  CHECK(small.find(399) != nullptr && small.find(396) != nullptr && small.find(395) == nullptr);
}

void refusesWhatDoesNotFit() {
  PacketRing ring(8);
  const auto large = frame(2, 6);
  CHECK(!ring.push(frame(0, 9), 0, maxPayloadBytes) && ring.next() == nullptr && ring.unsentBytes() == 0);
  CHECK(ring.push(frame(1, 4), 0, maxPayloadBytes));
  CHECK(!ring.push(large, 0, maxPayloadBytes));
  CHECK(large.use_count() == 1 && ring.unsentPackets() == 4);
  for (int i = 0; i < 4; i++) send(ring, 1);
  CHECK(!ring.push(large, 0, maxPayloadBytes));
  ring.expire(2);
  CHECK(ring.push(large, 0, maxPayloadBytes) && ring.next()->sequence == 4);
  CHECK(ring.push(std::make_shared<EncodedFrame>(), 0, maxPayloadBytes) && ring.unsentPackets() == 6);
}

void dropsWhatIsLate() {
  PacketRing ring(64);
  CHECK(ring.dropUnsent() == 0);
  CHECK(ring.push(frame(0, 2, true), 0, maxPayloadBytes));
  CHECK(ring.dropUnsent() == 0);  // begins with an IDR
  CHECK(ring.push(frame(1, 3), 0, maxPayloadBytes));
  for (int i = 0; i < 4; i++) send(ring, 1);  // one packet of frame 1
  CHECK(ring.dropUnsent() == 0);              // no IDR to go on with
  CHECK(ring.push(frame(2, 3), 0, maxPayloadBytes));
  const auto old = frame(3, 1, true), fresh = frame(4, 1, true);
  CHECK(ring.push(old, 0, maxPayloadBytes) && ring.push(fresh, 0, maxPayloadBytes));
  CHECK(ring.push(frame(5, 1), 0, maxPayloadBytes));
  CHECK(ring.dropUnsent() == 2 + 3 + 2 && old.use_count() == 1);
  CHECK(ring.unsentPackets() == 3 && ring.unsentBytes() == 9 + 1001 + 1001);
  // 4 would have been frame 1's: left out.
  CHECK(ring.find(4) == nullptr && ring.next()->sequence == 5 && ring.next()->frame == fresh);
  send(ring, 2);
  CHECK(ring.find(5)->frame == fresh && ring.find(3)->frame->number == 1);
  // Whole frames leave no gap.
  send(ring, 2);
  CHECK(ring.push(fresh, 0, maxPayloadBytes) && ring.dropUnsent() == 1);
  CHECK(ring.next()->sequence == 7 && ring.next()->frame == fresh);
  ring.expire(3);
  CHECK(fresh.use_count() == 3);  // ours and its two packets
}

void allocatesNothing() {
  PacketRing ring(64);
  std::vector<std::shared_ptr<const EncodedFrame>> frames;
  for (int i = 0; i < 300; i++) frames.push_back(frame(i, 7, true));
  std::size_t warm = 0;
  for (std::size_t i = 0; i < frames.size(); i++) {
    if (i == 100) warm = allocations;
    CHECK(ring.push(std::move(frames[i]), 0, maxPayloadBytes));
    while (send(ring, static_cast<std::int64_t>(i)) != nullptr) {}
    CHECK(ring.find(static_cast<std::uint16_t>(i * 8)) != nullptr);
    ring.expire(static_cast<std::int64_t>(i) - 2);
  }
  CHECK(allocations == warm);
}

/// Two threads: every packet comes once, in order and unharmed, whatever is dropped, found and expired meanwhile.
void twoThreads() {
  PacketRing ring(256, 60'000);
  constexpr std::int64_t frames = 3000;
  std::atomic<bool> done{false};
  std::thread producer([&] {
    std::mt19937 random(5);
    for (std::int64_t number = 0; number < frames; number++) {
      const auto picture = frame(number, 1 + random() % 12, random() % 8 == 0);
      while (!ring.push(picture, number, maxPayloadBytes)) std::this_thread::yield();
      if (ring.unsentBytes() > 256 * maxPayloadBytes || ring.unsentPackets() > 256) std::abort();
    }
    done = true;
  });
  std::mt19937 random(6);
  std::int64_t last = -1, nowUs = 0, resent = 0;
  std::uint16_t sequence = 60'000;
  std::size_t sent = 0, dropped = 0;
  for (;;) {
    const bool over = done;
    const RingPacket* packet = send(ring, ++nowUs);
    if (packet == nullptr) {
      if (over) break;
      std::this_thread::yield();
      continue;
    }
    sent++;
    CHECK(packet->frame->number >= last && (packet->first == (packet->frame->number != last)));
    last = packet->frame->number;
    CHECK(packet->payload.back() == last % 200 + 2 || packet->prefixBytes == 0);
    const auto gap = static_cast<std::uint16_t>(packet->sequence - sequence);
    CHECK(gap <= 1);
    sequence = static_cast<std::uint16_t>(packet->sequence + 1);
    if (RingPacket* old = ring.find(static_cast<std::uint16_t>(sequence - 1 - random() % 100))) {
      CHECK(!old->frame->data.empty() && !old->payload.empty());
      old->resends++;
      resent++;
    }
    if (random() % 50 == 0) dropped += ring.dropUnsent();
    if (random() % 10 == 0) ring.expire(nowUs - 80);
  }
  producer.join();
  CHECK(last == frames - 1 && resent > 0 && sent + dropped >= static_cast<std::size_t>(frames));
  CHECK(ring.unsentPackets() == 0 && ring.unsentBytes() == 0);
}

}  // namespace

int main() {
  givesPacketsInOrder();
  keepsWhatWasSent();
  refusesWhatDoesNotFit();
  dropsWhatIsLate();
  allocatesNothing();
  twoThreads();
}
