#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "frames/frame-channel.h"
#include "frames/frame-pool.h"
#include "testing/check.h"

using namespace feimu;

namespace {

const FrameFormat format{64, 32, 64};

void put(FrameProducer& producer, std::uint64_t sequence, const FrameFormat& as = format) {
  auto buffer = producer.acquire(as);
  CHECK(buffer.size() == as.sizeBytes());
  std::memset(buffer.data(), static_cast<int>(sequence & 0xff), buffer.size());
  FrameInfo info;
  info.sequence = sequence;
  producer.publish(info);
}

bool whole(const BorrowedFrame& frame) {
  for (std::size_t i = 0; i < frame.format.sizeBytes(); i++) {
    if (frame.data[i] != static_cast<std::byte>(frame.info.sequence & 0xff)) return false;
  }
  return true;
}

void newestWins(const std::string& path) {
  auto producer = FrameProducer::listen(path);
  auto consumer = FrameConsumer::open(path);
  CHECK(producer && consumer && consumer->connected());
  CHECK(!consumer->take());
  for (std::uint64_t i = 1; i <= 100; i++) put(*producer, i);
  auto frame = consumer->take();
  CHECK(frame && frame->info.sequence == 100 && whole(*frame));
  CHECK(!consumer->take());
  put(*producer, 101, {128, 64, 128});
  frame = consumer->take();
  CHECK(frame && frame->info.sequence == 101 && frame->format.width == 128);
}

void survivesDeaths(const std::string& path) {
  auto producer = FrameProducer::listen(path);
  auto consumer = FrameConsumer::open(path);
  put(*producer, 7);
  auto frame = consumer->take();
  CHECK(frame && frame->info.sequence == 7);
  producer.reset();
  CHECK(!consumer->take());
  CHECK(whole(*frame));  // the last frame stays readable
  producer = FrameProducer::listen(path);
  CHECK(!consumer->take());
  CHECK(consumer->connected());
  put(*producer, 8);
  frame = consumer->take();
  CHECK(frame && frame->info.sequence == 8 && whole(*frame));
  // A restarted consumer gets the last frame at once, though it was taken already.
  consumer = FrameConsumer::open(path);
  producer->poll();
  frame = consumer->take();
  CHECK(frame && frame->info.sequence == 8 && whole(*frame));
}

void wantedIsTold(const std::string& path) {
  auto producer = FrameProducer::listen(path);
  CHECK(!producer->wanted());
  auto consumer = FrameConsumer::open(path);
  producer->poll();
  CHECK(producer->wanted());
  consumer->setWanted(false);
  producer->poll();
  CHECK(!producer->wanted());
  consumer.reset();
  producer->poll();
  CHECK(!producer->wanted());
}

/// Producer as fast as it can, consumer too: never a torn frame, never one that is older than the last.
void neverTorn(const std::string& path) {
  auto producer = FrameProducer::listen(path);
  std::jthread reader([&path] {
    auto consumer = FrameConsumer::open(path);
    std::uint64_t last = 0;
    while (last < 20'000) {
      auto frame = consumer->take();
      if (!frame) continue;
      CHECK(frame->info.sequence > last);
      CHECK(whole(*frame));
      last = frame->info.sequence;
    }
  });
  while (!producer->wanted()) producer->poll();
  for (std::uint64_t i = 1; i <= 20'000; i++) put(*producer, i);
}

void refusesStrangeMemory() {
  char name[] = "/tmp/feimu-frames-XXXXXX";
  const int file = ::mkstemp(name);
  CHECK(file >= 0 && ::ftruncate(file, 1 << 16) == 0);
  ::unlink(name);
  CHECK(!FramePool::map(file));
  CHECK(!FramePool::create({63, 32, 64}));
  CHECK(!FramePool::create({100'000, 32, 100'032}));
}

}  // namespace

int main() {
  const std::string path = "/tmp/feimu-frames-test-" + std::to_string(::getpid());
  newestWins(path);
  survivesDeaths(path);
  wantedIsTold(path);
  neverTorn(path);
  refusesStrangeMemory();
  ::unlink(path.c_str());
  return 0;
}
