#include "media/viewer-pacer.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "link/bbr-controller.h"
#include "link/clock.h"
#include "link/thread-priority.h"

namespace feimu {

namespace {
/// IP, UDP and SRTP's tag.
constexpr std::uint32_t overheadBytes = 38;
constexpr std::size_t maxPayloadBytes = 1'180;
/// Of each viewer's RTCP. While it is worked off nobody else has a turn: the worst datagram takes 0.03 ms (measured). A browser
/// sends less than a hundred a second.
constexpr std::size_t maxWaiting = 64;
constexpr std::int64_t readEveryUs = 1'000;
constexpr std::int64_t readAtOnce = 4;
constexpr std::int64_t keyForSilentEveryUs = 1'000'000;
/// Each batch wakes JavaScript's thread, which others may hold up; libwebrtc sends 40 ms of its rate at once.
constexpr std::int64_t quantumUs = 5'000;
/// A browser asks for a lost packet again after 100 ms, and holds all that follows until it comes.
constexpr std::int64_t deadlineUs = 350'000;
/// A browser is on the same network, mostly.
constexpr double startBps = 3e6;

/// What the encoder may do for several viewers at once.
struct Paths {
  double mediaBps;  // of the slowest, this at most
  std::size_t viewers = 0;
  double share = 1;
  std::int64_t queueUs = 0;  // of the emptiest
  bool blind = false;        // all are
  std::size_t leastUnsentBytes = 0, mostUnsentBytes = 0;

  void add(const LinkState& one, std::size_t unsentBytes) {
    const bool first = viewers++ == 0;
    const std::int64_t queued = one.queueUs.load();
    mediaBps = std::min(mediaBps, one.mediaBps.load());
    share = std::min(share, one.mediaShare.load());
    queueUs = first ? queued : std::min(queueUs, queued);
    blind = (first || blind) && one.blind.load();
    leastUnsentBytes = first ? unsentBytes : std::min(leastUnsentBytes, unsentBytes);
    mostUnsentBytes = std::max(mostUnsentBytes, unsentBytes);
  }
};
}  // namespace

ViewerPacer::ViewerPacer(const Options& options, Sink sink)
    : options_(options),
      sink_(std::move(sink)),
      wakeup_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ViewerPacer::~ViewerPacer() {
  thread_.request_stop();
  wake();
  thread_.join();
  ::close(wakeup_);
}

void ViewerPacer::wake() const { ::eventfd_write(wakeup_, 1); }

void ViewerPacer::add(std::uint32_t viewer) {
  LinkSender::Options sending;
  sending.mediaSsrc = options_.ssrc;
  sending.rtxSsrc = options_.rtxSsrc;
  sending.mediaPayloadType = options_.payloadType;
  sending.rtxPayloadType = options_.rtxPayloadType;
  sending.transportSequenceId = options_.transportSequenceId;
  sending.captureTimeId = 0;
  sending.playoutDelayId = options_.playoutDelayId;
  sending.fec = false;  // browsers take none of ours
  sending.deadlineUs = deadlineUs;
  sending.waitsForLost = true;
  sending.quantumUs = quantumUs;
  sending.frameUs = 1'000'000 / options_.fps;
  sending.overheadBytes = overheadBytes;
  sending.unixOffsetUs = unixOffsetUs();
  BbrOptions bbr;
  bbr.maxBps = options_.maxKbps * 1e3;
  bbr.startBps = std::min(startBps, bbr.maxBps);
  bbr.frameUs = sending.frameUs;
  bbr.seed = viewer;
  auto one = std::make_unique<Viewer>();
  one->heardUs = nowUs();
  one->sender = std::make_unique<LinkSender>(sending, one->ring, std::make_unique<BbrController>(bbr));
  const std::scoped_lock lock(mutex_, inboxMutex_);
  viewers_[viewer] = std::move(one);
  inboxes_[viewer] = {};
}

void ViewerPacer::remove(std::uint32_t viewer) {
  const std::scoped_lock lock(mutex_, inboxMutex_);
  viewers_.erase(viewer);
  inboxes_.erase(viewer);
}

void ViewerPacer::onRtcp(std::uint32_t viewer, std::vector<std::uint8_t> bytes) {
  {
    const std::lock_guard lock(inboxMutex_);
    const auto found = inboxes_.find(viewer);
    if (found == inboxes_.end() || found->second.waiting.size() >= maxWaiting) return;
    found->second.waiting.push_back(std::move(bytes));
  }
  wake();
}

void ViewerPacer::push(const std::shared_ptr<const EncodedFrame>& frame) {
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = nowUs();
    for (auto& [id, viewer] : viewers_) {
      if (viewer->ring.unsentPackets() == 0) viewer->emptyUs = now;
      const bool begins = frame->key && frame->first;
      if (viewer->waitsForKey && !begins) continue;
      if (begins) {
        viewer->keyUs = now;
        viewer->sender->state().keyWanted.store(false);  // what it asked for before is answered
      }
      viewer->waitsForKey = !viewer->ring.push(frame, now, maxPayloadBytes);
    }
  }
  wake();
}

bool ViewerPacer::isSilent(const Viewer& viewer, std::int64_t nowUs) {
  return viewer.ring.unsentPackets() > 0 && nowUs - std::max(viewer.emptyUs, viewer.heardUs) > silentUs;
}

ViewerPacer::Demand ViewerPacer::demand(LinkState& state) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = nowUs();
  Demand demand{viewers_.size(), 0};
  Paths fast{.mediaBps = options_.maxKbps * 1e3};
  Paths slow{.mediaBps = leastBps};
  bool key = state.keyWanted.load();
  const bool allSilent = std::all_of(viewers_.begin(), viewers_.end(), [&](const auto& one) { return isSilent(*one.second, now); });
  for (auto& [id, viewer] : viewers_) {
    LinkState& one = viewer->sender->state();
    const bool left = !allSilent && isSilent(*viewer, now);
    const bool may = left ? now - keyForSilentUs_ > keyForSilentEveryUs : now - viewer->keyUs >= keyEveryUs;
    if (may && (one.keyWanted.load() || viewer->waitsForKey)) {
      if (left) keyForSilentUs_ = now;
      key = true;
    }
    if (left) continue;
    (one.mediaBps.load() < leastBps ? slow : fast).add(one, viewer->ring.unsentBytes());
  }
  // A slow one skips pictures, the others do not. Where all are slow, the least is made for whoever keeps up best.
  const bool allSlow = fast.viewers == 0 && slow.viewers > 0;
  const Paths& paths = allSlow ? slow : fast;
  demand.unsentBytes = allSlow ? slow.leastUnsentBytes : fast.mostUnsentBytes;
  state.mediaBps.store(std::max(paths.mediaBps, leastBps));
  state.mediaShare.store(paths.share);
  state.queueUs.store(paths.queueUs);
  state.blind.store(paths.blind);
  state.keyWanted.store(key);
  return demand;
}

std::vector<ViewerPacer::Stats> ViewerPacer::stats() {
  const std::lock_guard lock(mutex_);
  std::vector<Stats> all;
  all.reserve(viewers_.size());
  for (const auto& [id, viewer] : viewers_) all.push_back({id, viewer->sender->stats()});
  return all;
}

void ViewerPacer::run(const std::stop_token& stop) {
  preferThisThread();
  std::vector<std::pair<std::uint32_t, Packets>> out;
  while (!stop.stop_requested()) {
    const std::int64_t now = nowUs();
    const std::int64_t at = pump(now, out);
    // Outside of the lock: whoever takes them may call back.
    for (auto& [viewer, packets] : out) sink_(viewer, std::move(packets));
    out.clear();
    const std::int64_t waitUs = std::clamp<std::int64_t>(at - nowUs(), 0, 100'000);
    const timespec wait{0, static_cast<long>(waitUs * 1'000)};
    pollfd waiting{wakeup_, POLLIN, 0};
    if (::ppoll(&waiting, 1, &wait, nullptr) > 0) {
      eventfd_t ignored = 0;
      ::eventfd_read(wakeup_, &ignored);
    }
  }
}

/// Moves what may be read now to heard_; when there is more.
std::int64_t ViewerPacer::listen(std::int64_t nowUs) {
  std::int64_t at = INT64_MAX;
  const std::lock_guard lock(inboxMutex_);
  for (auto& [id, inbox] : inboxes_) {
    while (!inbox.waiting.empty() && inbox.nextUs <= nowUs) {
      heard_.push_back({id, std::move(inbox.waiting.front())});
      inbox.waiting.pop_front();
      inbox.nextUs = std::max(inbox.nextUs, nowUs - (readAtOnce - 1) * readEveryUs) + readEveryUs;
    }
    if (!inbox.waiting.empty()) at = std::min(at, inbox.nextUs);
  }
  return at;
}

std::int64_t ViewerPacer::pump(std::int64_t nowUs, std::vector<std::pair<std::uint32_t, Packets>>& out) {
  std::array<std::uint8_t, 1500> buffer{};
  std::int64_t at = listen(nowUs);
  const std::lock_guard lock(mutex_);
  for (const auto& [id, bytes] : heard_) {
    const auto found = viewers_.find(id);
    if (found == viewers_.end()) continue;
    found->second->heardUs = nowUs;
    found->second->sender->onPacket(bytes, nowUs, 0);
  }
  heard_.clear();
  for (auto& [id, viewer] : viewers_) {
    Packets packets;
    while (const std::size_t size = viewer->sender->next(nowUs, buffer)) {
      packets.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
    }
    if (!packets.empty()) out.emplace_back(id, std::move(packets));
    at = std::min(at, viewer->sender->wakeUs());
  }
  return at;
}

}  // namespace feimu
