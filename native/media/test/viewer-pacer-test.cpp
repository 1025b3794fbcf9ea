#include "media/viewer-pacer.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <set>

#include "link/clock.h"
#include "link/rtcp.h"
#include "link/rtp-extensions.h"
#include "testing/check.h"

using namespace feimu;

namespace {

const ViewerPacer::Options options{.fps = 30, .playoutDelayId = 5, .transportSequenceId = 3};

/// Browsers: count whole pictures, and report what they receive unless they are told not to.
class Browsers {
 public:
  explicit Browsers(std::uint32_t maxKbps = options.maxKbps)
      : pacer(with(maxKbps), [this](std::uint32_t viewer, ViewerPacer::Packets&& packets) { take(viewer, packets); }) {}

  void silence(std::uint32_t viewer) {
    const std::lock_guard lock(mutex_);
    silent_.insert(viewer);
  }
  /// `bytes` with as many of them as make one NAL unit.
  void push(bool key, std::size_t bytes = 3'000) {
    auto frame = std::make_shared<EncodedFrame>();
    frame->data.assign(bytes, 0x55);
    const std::array<std::uint8_t, 5> head{0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)};
    std::copy(head.begin(), head.end(), frame->data.begin());
    frame->number = ++number_;
    frame->captureUs = nowUs();
    frame->timestamp = static_cast<std::uint32_t>(number_ * 3'000);
    frame->key = key;
    pacer.push(frame);
  }
  /// Waits until `viewer` has got the picture pushed last, and all pictures before it.
  bool gotLast(std::uint32_t viewer) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] {
      const auto& got = pictures_[viewer];
      return !got.empty() && *got.rbegin() == number_;
    });
  }
  std::size_t pictures(std::uint32_t viewer) {
    const std::lock_guard lock(mutex_);
    return pictures_[viewer].size();
  }
  [[nodiscard]] std::int64_t pushed() const { return number_; }

 private:
  static ViewerPacer::Options with(std::uint32_t maxKbps) {
    ViewerPacer::Options own = options;
    own.maxKbps = maxKbps;
    return own;
  }
  void take(std::uint32_t viewer, const ViewerPacer::Packets& packets) {
    TransportFeedback feedback;
    feedback.mediaSsrc = options.ssrc;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& bytes : packets) {
        const auto packet = parseRtp(bytes);
        if (isRtcp(bytes)) continue;
        CHECK(packet);
        CHECK(std::ranges::equal(packet->extension(options.playoutDelayId), makePlayoutDelay({})));
        const auto sequence = parseTransportSequence(packet->extension(options.transportSequenceId));
        CHECK(sequence);
        feedback.packets.push_back({*sequence, true, nowUs()});
        if (packet->marker) pictures_[viewer].insert(packet->timestamp / 3'000);
      }
      changed_.notify_all();
      if (silent_.contains(viewer) || feedback.packets.empty()) return;
    }
    std::vector<std::uint8_t> rtcp;
    CHECK(writeRtcp(feedback, rtcp, 1'400));
    pacer.onRtcp(viewer, std::move(rtcp));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, std::set<std::int64_t>> pictures_;
  std::set<std::uint32_t> silent_;
  std::int64_t number_ = 0;

 public:
  ViewerPacer pacer;  // last: its thread uses all the others
};

std::vector<std::uint8_t> pli() {
  std::vector<std::uint8_t> bytes;
  CHECK(writeRtcp(KeyFrameRequest{9, options.ssrc}, bytes, 100));
  return bytes;
}

template <typename Holds>
bool eventually(Holds holds) {
  for (const std::int64_t until = nowUs() + 20'000'000; nowUs() < until; std::this_thread::yield()) {
    if (holds()) return true;
  }
  return false;
}

void beginsWithKey() {
  Browsers browsers;
  LinkState state;
  CHECK(browsers.pacer.demand(state).viewers == 0 && !state.keyWanted);
  browsers.pacer.add(1);
  browsers.push(false);
  CHECK(browsers.pacer.demand(state).viewers == 1 && state.keyWanted);
  browsers.push(true);
  CHECK(browsers.gotLast(1) && browsers.pictures(1) == 1);
  state.keyWanted = false;
  browsers.pacer.demand(state);
  CHECK(!state.keyWanted);
  browsers.pacer.add(2);
  browsers.push(false);
  CHECK(browsers.gotLast(1) && browsers.pictures(2) == 0);
  browsers.pacer.demand(state);
  CHECK(state.keyWanted);
}

void removedGetsNothing() {
  Browsers browsers;
  browsers.pacer.add(1);
  browsers.pacer.add(2);
  browsers.push(true);
  CHECK(browsers.gotLast(1) && browsers.gotLast(2));
  browsers.pacer.remove(2);
  browsers.pacer.remove(2);
  browsers.pacer.remove(7);
  // What a browser says that has just gone, or never came.
  browsers.pacer.onRtcp(2, pli());
  browsers.pacer.onRtcp(7, pli());
  browsers.push(false);
  CHECK(browsers.gotLast(1) && browsers.pictures(2) == 1);
  LinkState state;
  CHECK(browsers.pacer.demand(state).viewers == 1 && !state.keyWanted);
  CHECK(browsers.pacer.stats().size() == 1 && browsers.pacer.stats()[0].viewer == 1);
  // It comes back as somebody new.
  browsers.pacer.add(2);
  browsers.push(true);
  CHECK(browsers.gotLast(1) && browsers.gotLast(2) && browsers.pictures(2) == 2);
}

void floodOfRtcp() {
  Browsers browsers;
  browsers.pacer.add(1);
  browsers.pacer.add(2);
  browsers.push(true);
  CHECK(browsers.gotLast(1));
  std::jthread flood([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (std::uint8_t i = 0; i < 200; i++) browsers.pacer.onRtcp(2, std::vector<std::uint8_t>(i, i));
      std::this_thread::yield();
    }
  });
  for (int i = 0; i < 50; i++) {
    browsers.push(false);
    CHECK(browsers.gotLast(1));
  }
  flood.request_stop();
  flood.join();
  CHECK(eventually([&] {
    browsers.pacer.onRtcp(1, pli());
    LinkState state;
    browsers.pacer.demand(state);
    return state.keyWanted.load();
  }));
  CHECK(browsers.pictures(1) == static_cast<std::size_t>(browsers.pushed()));
}

/// Who says more than is read of one holds up nobody, and fills its own queue alone.
void talkativeViewerIsReadInTurn() {
  Browsers browsers;
  browsers.pacer.add(1);
  browsers.pacer.add(2);
  const auto requests = [&](std::size_t viewer) { return browsers.pacer.stats()[viewer - 1].sender.keyRequests; };
  const std::int64_t sinceUs = nowUs();
  for (int i = 0; i < 1'000; i++) browsers.pacer.onRtcp(2, pli());
  browsers.pacer.onRtcp(1, pli());
  CHECK(eventually([&] { return requests(1) == 1; }));
  // Read at once, and then one a millisecond.
  const auto read = static_cast<std::int64_t>(requests(2));
  CHECK(read <= 4 + (nowUs() - sinceUs) / 1'000 + 1);
  CHECK(eventually([&] { return requests(2) >= 64; }));
}

/// An IDR costs all viewers: nobody makes them come as often as he asks.
void keyFramesAtMostNowAndThen() {
  Browsers browsers;
  LinkState state;
  browsers.pacer.add(1);
  browsers.pacer.demand(state);
  CHECK(state.keyWanted);
  for (int i = 0; i < 3; i++) {
    const std::int64_t sinceUs = nowUs();
    browsers.push(true);
    state.keyWanted = false;
    CHECK(eventually([&] {
      browsers.pacer.onRtcp(1, pli());
      browsers.pacer.demand(state);
      return state.keyWanted.load();
    }));
    CHECK(nowUs() - sinceUs >= ViewerPacer::keyEveryUs);
  }
  // Who just came does not wait.
  browsers.push(true);
  state.keyWanted = false;
  browsers.pacer.demand(state);
  CHECK(!state.keyWanted);
  browsers.pacer.add(2);
  browsers.pacer.demand(state);
  CHECK(state.keyWanted);
}

/// One IDR is the answer to all that was asked for before it.
void oneKeyFrameForAllThatAsked() {
  Browsers browsers;
  LinkState state;
  browsers.pacer.add(1);
  browsers.pacer.add(2);
  browsers.push(true);
  for (const std::uint32_t viewer : {1, 2}) browsers.pacer.onRtcp(viewer, pli());
  CHECK(eventually([&] {
    const auto stats = browsers.pacer.stats();
    return stats[0].sender.keyRequests == 1 && stats[1].sender.keyRequests == 1;
  }));
  CHECK(eventually([&] {
    browsers.pacer.demand(state);
    return state.keyWanted.load();
  }));
  const std::int64_t sinceUs = nowUs();
  browsers.push(true);
  state.keyWanted = false;
  CHECK(eventually([&] {
    browsers.pacer.demand(state);
    CHECK(!state.keyWanted);
    return nowUs() - sinceUs > 2 * ViewerPacer::keyEveryUs;
  }));
}

/// One says nothing any more: its pictures stay, the others' do not.
void silentViewerHoldsNobodyUp() {
  Browsers browsers;
  browsers.silence(2);
  browsers.pacer.add(1);
  browsers.push(true);
  CHECK(browsers.gotLast(1));
  browsers.pacer.add(2);
  LinkState state;
  browsers.push(true);
  CHECK(browsers.gotLast(1));
  // At first its queue counts: it may be slow for a moment.
  CHECK(eventually([&] {
    browsers.push(false, 5'000);
    CHECK(browsers.gotLast(1));
    return browsers.pacer.demand(state).unsentBytes > 10'000;
  }));
  CHECK(eventually([&] { return browsers.pacer.demand(state).unsentBytes == 0; }));
  int keys = 0;
  const std::int64_t sinceUs = nowUs();
  for (int i = 0; i < 100; i++) {
    state.keyWanted = false;
    browsers.push(i % 10 == 0, 5'000);
    CHECK(browsers.gotLast(1));
    browsers.pacer.demand(state);
    keys += state.keyWanted ? 1 : 0;
  }
  CHECK(keys <= 1 + (nowUs() - sinceUs) / 1'000'000 + 1);
  CHECK(browsers.pictures(1) == static_cast<std::size_t>(browsers.pushed()));
  CHECK(browsers.pictures(2) < browsers.pictures(1) / 2);
  CHECK(state.mediaBps > ViewerPacer::leastBps);
}

/// Below the least rate that is made, and nobody else is there: what waits for it still holds the encoder back.
void slowViewerAloneIsHeard() {
  Browsers browsers(400);
  LinkState state;
  browsers.pacer.add(1);
  browsers.push(true, 60'000);
  const auto demand = browsers.pacer.demand(state);
  CHECK(demand.viewers == 1 && demand.unsentBytes > 10'000);
  CHECK(!state.blind && state.mediaBps == ViewerPacer::leastBps);
  CHECK(browsers.gotLast(1));
  CHECK(browsers.pacer.demand(state).unsentBytes == 0);
}

/// Nothing is heard of the only viewer: a quarter of its rate is below the least that is made.
void blindViewerAloneIsHeard() {
  Browsers browsers(2'000);
  browsers.silence(1);
  browsers.pacer.add(1);
  browsers.push(true, 60'000);
  LinkState state;
  CHECK(eventually([&] {
    browsers.push(true, 5'000);
    const auto demand = browsers.pacer.demand(state);
    return state.blind && state.mediaBps == ViewerPacer::leastBps && demand.unsentBytes > 0;
  }));
}

/// The least is made for whoever of the slow ones keeps up best.
void slowViewerHoldsNoSlowOneUp() {
  Browsers browsers(400);
  LinkState state;
  browsers.pacer.add(1);
  browsers.push(true, 60'000);
  CHECK(browsers.pacer.demand(state).unsentBytes > 10'000);
  browsers.pacer.add(2);
  CHECK(browsers.pacer.demand(state).unsentBytes == 0);
}

}  // namespace

int main() {
  slowViewerAloneIsHeard();
  blindViewerAloneIsHeard();
  slowViewerHoldsNoSlowOneUp();
  beginsWithKey();
  removedGetsNothing();
  floodOfRtcp();
  talkativeViewerIsReadInTurn();
  keyFramesAtMostNowAndThen();
  oneKeyFrameForAllThatAsked();
  silentViewerHoldsNobodyUp();
  return 0;
}
