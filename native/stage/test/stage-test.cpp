// The stage's thread between a real sender of pictures and a real reader of the composed stage.
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <future>
#include <string>
#include <thread>

#include "stage/stage.h"
#include "testing/check.h"

using namespace feimu;
using namespace feimu::stage;

namespace {

const std::string base = "/tmp/feimu-stage-test-" + std::to_string(::getpid());

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 2000; i++) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

StagePicture snapshot(Stage& stage) {
  std::promise<StagePicture> promise;
  auto picture = promise.get_future();
  stage.snapshot([&promise](StagePicture&& shown) { promise.set_value(std::move(shown)); });
  return picture.get();
}

int brightness(const StagePicture& picture) {
  return picture.rgba.at((std::size_t{picture.height / 2} * picture.width + picture.width / 2) * 4);
}

}  // namespace

int main() {
  StageError error;
  const std::string videoSocket = base + "-video";
  const std::string composedSocket = base + "-composed";
  auto producer = FrameProducer::listen(videoSocket);
  CHECK(producer);
  const StageOptions options{320, 180, 60, -1, videoSocket, composedSocket};
  auto stage = Stage::start(options, error);
  CHECK(stage);
  CHECK(stage->status().idle && !stage->status().renderer.empty());

  const FrameFormat format{320, 180, 320};
  std::uint64_t sequence = 0;
  const auto send = [&](std::uint8_t luma) {
    auto buffer = producer->acquire(format);
    if (buffer.empty()) return;
    std::memset(buffer.data(), luma, std::size_t{320} * 180);
    std::memset(buffer.data() + std::size_t{320} * 180, 128, std::size_t{320} * 90);
    FrameInfo info;
    info.sequence = ++sequence;
    producer->publish(info);
  };
  CHECK(eventually([&] {
    producer->poll();
    send(235);
    return !stage->status().idle;
  }));
  CHECK(eventually([&] { return brightness(snapshot(*stage)) > 250; }));

  // Each flip is told, at a tick after the GPU was done.
  std::atomic<int> flips = 0;
  std::atomic<bool> inOrder = true;
  std::atomic<std::uint32_t> shownComments = 0;
  stage->observe({0, 0, 4, 4}, [&](Presented&& shown) {
    flips++;
    shownComments = shown.comments;
    if (shown.presentedUs < shown.doneUs || shown.doneUs < shown.composeUs || shown.rgba.size() != 64) inOrder = false;
  });
  for (int i = 0; i < 60; i++) stage->addComment({std::to_string(i), "", "评论 comment", 0xFFFFFF, Mode::scroll, 1});
  CHECK(eventually([&] { return stage->status().commentsOnScreen > 3 && flips > 5; }));
  CHECK(inOrder);

  // The composed stage goes out while somebody wants it.
  auto viewer = FrameConsumer::open(composedSocket);
  CHECK(viewer);
  viewer->setWanted(true);
  std::uint8_t luma = 0;
  CHECK(eventually([&] {
    const auto frame = viewer->take();
    if (!frame) return false;
    CHECK(frame->format.width == 320 && frame->format.height == 180);
    luma = static_cast<std::uint8_t>(frame->data[std::size_t{frame->format.stride} * 170 + 160]);
    return true;
  }));
  CHECK(luma > 225);

  // What is taken back is gone with the second flip at the latest: one may be under way.
  stage->clearComments();
  stage->addComment({"odd", "", "收回", 0xFFFFFF, Mode::scroll, 1});
  CHECK(eventually([&] { return shownComments == 1; }));
  const int before = flips;
  stage->retractComment("odd");
  CHECK(eventually([&] { return shownComments == 0; }));
  CHECK(flips - before <= 2);
  // Covered, the picture is gone with the second flip at the latest, however it goes on; uncovered, it is back.
  IdleContent idle;
  idle.name = "back in a moment";
  stage->setIdle(idle);
  std::atomic<int> shownSince = -1;
  std::atomic<int> hiddenWith = 0;
  stage->observe({160, 90, 1, 1}, [&](Presented&& shown) {
    if (shownSince < 0) return;
    shownSince++;
    if (hiddenWith == 0 && shown.rgba.at(0) < 100) hiddenWith = shownSince.load();
  });
  CHECK(eventually([&] {
    send(235);
    return brightness(snapshot(*stage)) > 250;
  }));
  shownSince = 0;
  stage->cover(true);
  CHECK(eventually([&] {
    send(235);
    return hiddenWith > 0;
  }));
  CHECK(hiddenWith <= 2);
  send(235);
  CHECK(eventually([&] { return stage->status().covered; }));
  CHECK(brightness(snapshot(*stage)) < 100 && !stage->status().idle);
  stage->cover(false);
  CHECK(eventually([&] { return brightness(snapshot(*stage)) > 250; }));
  FrameInfo ended;
  ended.ended = 1;
  producer->publish(ended);
  CHECK(eventually([&] { return stage->status().idle; }));
  // A sender that comes back finds the stage by itself.
  producer.reset();
  producer = FrameProducer::listen(videoSocket);
  CHECK(eventually([&] {
    producer->poll();
    send(16);
    return !stage->status().idle && brightness(snapshot(*stage)) < 5;
  }));
  stage.reset();
  CHECK(!Stage::start({320, 180, 60, -1, std::string(300, 'x'), ""}, error) && error.code == "STAGE_SOCKET");
}
