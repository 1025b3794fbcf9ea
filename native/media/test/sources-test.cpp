#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "link/clock.h"
#include "link/rtcp.h"
#include "link/rtp-packet.h"
#include "media/painter.h"
#include "media/phone-sender.h"
#include "media/rtp-source.h"
#include "media/test-pattern-source.h"
#include "media/viewer-encoder.h"
#include "testing/check.h"

using namespace feimu;

namespace {

const std::string path = "/tmp/feimu-sources-test-" + std::to_string(::getpid());

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 1000; i++) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// In simulated time: who is on the stage, and for how long a silent one stays.
void switchDecides() {
  auto consumer = FrameConsumer::open(path);
  SourceSwitch output(FrameProducer::listen(path));
  output.setOrder({1, 2});
  Painter first(64, 64);
  Painter second(128, 64);
  std::int64_t now = 1'000'000;
  const auto shown = [&]() -> std::uint32_t {
    output.tick(now);
    auto frame = consumer->take();
    if (!frame) frame = consumer->take();
    return !frame ? 0 : frame->info.ended ? 1 : frame->format.width;
  };
  CHECK(shown() == 0);
  output.publish(2, second.view(), 0, 0, now);
  CHECK(shown() == 128 && output.onStage(2));
  output.publish(1, first.view(), 0, 0, now += 10'000);
  CHECK(shown() == 64 && output.onStage(1) && !output.wants(2, now));
  output.publish(2, second.view(), 0, 0, now += 10'000);
  CHECK(shown() == 0);  // the first is live: nothing new
  now += SourceSwitch::freezeUs - 20'000;
  output.publish(2, second.view(), 0, 0, now);
  CHECK(shown() == 0 && output.onStage(1));  // still frozen
  output.publish(2, second.view(), 0, 0, now += 20'000);
  CHECK(shown() == 128 && output.onStage(2));
  now += SourceSwitch::freezeUs;
  CHECK(shown() == 1 && !output.onStage(2));
  output.setOrder({1});
  output.publish(2, second.view(), 0, 0, now);
  CHECK(shown() == 0);
}

/// There is no buffer for its pictures: the next source has its turn, and after the last one the idle screen.
void whoCannotBeShownHoldsNobodyOff() {
  auto consumer = FrameConsumer::open(path);
  SourceSwitch output(FrameProducer::listen(path));
  output.setOrder({1, 2});
  CHECK(!consumer->take());  // connects
  const Painter painter(64, 64);
  const FrameFormat format = formatOf(FrameFormat::maxSide + 64, 64);
  const std::vector<std::byte> bytes(format.sizeBytes());
  std::int64_t now = 1'000'000;
  output.tick(now);
  output.publish(1, {format, bytes}, 0, 0, now);
  CHECK(!output.onStage(1) && output.wants(2, now));
  output.publish(2, painter.view(), 0, 0, now);
  output.publish(1, {format, bytes}, 0, 0, now + 1);
  CHECK(output.onStage(2));
  now += SourceSwitch::freezeUs;
  output.publish(1, {format, bytes}, 0, 0, now);
  output.tick(now);
  CHECK(!output.onStage(2));
  auto frame = consumer->take();
  if (!frame) frame = consumer->take();
  CHECK(frame && frame->info.ended);
}

void pictureOverLoopback() {
  SourceSwitch output(FrameProducer::listen(path));
  output.setOrder({1, 2});
  const auto port = static_cast<std::uint16_t>(20'000 + ::getpid() % 20'000);
  auto source = openRtpSource(1, {"127.0.0.1", port, {}}, output);
  auto pattern = openTestPattern(2, {64, 64, 60}, output);
  CHECK(eventually([&] { return pattern->status().onStage; }));
  std::string error;
  {
    auto sender = PhoneSender::start({"127.0.0.1", port, 320, 180, 30, 800}, error);
    CHECK(sender);
    CHECK(eventually([&] { return source->status().frames >= 10; }));
    const auto occupied = openRtpSource(3, {"127.0.0.1", port, {}}, output);
    CHECK(eventually([&] { return occupied->status().failure == "SOURCE_PORT_IN_USE"; }));
    const SourceStatus status = source->status();
    CHECK(status.state == "live" && status.onStage && status.width == 320 && status.sender == "127.0.0.1");
    CHECK(status.malformed == 0 && status.dropped == 0);
  }
  CHECK(eventually([&] { return pattern->status().onStage; }));
  // It returns with a new SSRC and another size.
  auto sender = PhoneSender::start({"127.0.0.1", port, 180, 320, 30, 800}, error);
  CHECK(eventually([&] { return source->status().width == 180 && source->status().onStage; }));
}

/// Counts whole pictures.
ViewerPacer::Sink countingIn(std::atomic<int>& pictures, const ViewerPacer::Options& options) {
  return [&pictures, type = options.payloadType](std::uint32_t, ViewerPacer::Packets&& packets) {
    for (const auto& bytes : packets) {
      const auto packet = parseRtp(bytes);
      if (packet && packet->marker && packet->payloadType == type) pictures++;
    }
  };
}

/// Somebody who comes while the stage stands still gets a key frame of what it shows.
void standingStageReachesViewers() {
  auto producer = FrameProducer::listen(path);
  Painter painter(64, 64);
  std::atomic<int> pictures = 0;
  const ViewerPacer::Options options;
  const auto stage = StageFeed::open(path);
  CHECK(stage && !StageFeed::open(std::string(300, 'x')));
  auto viewers = ViewerEncoder::start(*stage, options, countingIn(pictures, options));
  CHECK(viewers);
  viewers->pacer().add(1);
  CHECK(eventually([&] {
    producer->poll();
    return producer->wanted();
  }));
  auto buffer = producer->acquire(painter.view().format);
  CHECK(!buffer.empty());
  std::copy(painter.view().data.begin(), painter.view().data.end(), buffer.begin());
  producer->publish({});
  CHECK(eventually([&] { return pictures == 1; }));
  std::vector<std::uint8_t> request;
  CHECK(writeRtcp(KeyFrameRequest{.senderSsrc = 9, .mediaSsrc = options.ssrc}, request, 1200));
  viewers->pacer().onRtcp(1, request);
  CHECK(eventually([&] { return pictures == 2; }));
}

/// While nothing is heard of the viewers every second picture is skipped. The stage may stand still just then: what it
/// shows comes all the same.
void skippedPictureComesLater() {
  auto producer = FrameProducer::listen(path);
  Painter painter(64, 64);
  std::atomic<int> pictures = 0;
  const ViewerPacer::Options options;
  const auto stage = StageFeed::open(path);
  auto viewers = ViewerEncoder::start(*stage, options, countingIn(pictures, options));
  viewers->pacer().add(1);
  CHECK(eventually([&] {
    producer->poll();
    return producer->wanted();
  }));
  for (int shown = 1; shown <= 6; shown++) {
    auto buffer = producer->acquire(painter.view().format);
    CHECK(!buffer.empty());
    std::copy(painter.view().data.begin(), painter.view().data.end(), buffer.begin());
    producer->publish({});
    CHECK(eventually([&] { return pictures == shown; }));
    CHECK(eventually([&] { return viewers->pacer().stats()[0].sender.target.blind; }));
  }
}

}  // namespace

int main() {
  standingStageReachesViewers();
  skippedPictureComesLater();
  switchDecides();
  whoCannotBeShownHoldsNobodyOff();
  pictureOverLoopback();
  ::unlink(path.c_str());
  return 0;
}
