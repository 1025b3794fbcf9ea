#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "link/link-sender.h"

namespace feimu {

/// Paces the stage's pictures to browsers. Each viewer has a ring, a controller and a pacer of its own; only the ready
/// packets, and the RTCP that comes back, cross to whoever owns the transports. Own thread.
class ViewerPacer {
 public:
  using Packets = std::vector<std::vector<std::uint8_t>>;
  /// Called on the pacer's thread with what may leave now.
  using Sink = std::function<void(std::uint32_t viewer, Packets&&)>;
  struct Options {
    std::uint32_t maxKbps = 8'000;
    std::uint32_t fps = 60;
    std::uint32_t ssrc = 1, rtxSsrc = 2;
    std::uint8_t payloadType = 96, rtxPayloadType = 97;
    std::uint8_t playoutDelayId = 0, transportSequenceId = 0;
  };
  /// What the encoder has to know of all viewers.
  struct Demand {
    std::size_t viewers = 0;
    std::size_t unsentBytes = 0;  // of the one that is farthest behind; all slow: of the one that is least behind
  };

  struct Stats {
    std::uint32_t viewer = 0;
    LinkSender::Stats sender;
  };

  ViewerPacer(const Options& options, Sink sink);
  ~ViewerPacer();
  // Any thread:
  void add(std::uint32_t viewer);
  void remove(std::uint32_t viewer);
  /// Waits for nobody. A thousand a second are read of each viewer; of what comes faster 64 wait, the rest is dropped.
  void onRtcp(std::uint32_t viewer, std::vector<std::uint8_t> bytes);
  /// Hands a picture, or the next slice of it, to all. A viewer who has no room for it goes on with the next key frame.
  void push(const std::shared_ptr<const EncodedFrame>& frame);
  /// Writes what the slowest viewer's path allows into `state`, never less than `leastBps`: who takes less skips pictures
  /// and holds up nobody who takes more, nor does one who takes nothing any more. That one goes on when it can, with an
  /// IDR a second at most. An IDR costs all of them: nobody gets one for its own sake within `keyEveryUs` of the last.
  Demand demand(LinkState& state);
  /// For the status.
  [[nodiscard]] std::vector<Stats> stats();

  static constexpr double leastBps = 600e3;
  /// Who has not got all that was there, and has said nothing, for so long is left to itself.
  static constexpr std::int64_t silentUs = 500'000;
  static constexpr std::int64_t keyEveryUs = 400'000;

 private:
  struct Viewer {
    PacketRing ring{4096};
    std::unique_ptr<LinkSender> sender;
    bool waitsForKey = true;
    std::int64_t emptyUs = 0;  // when nothing waited in the ring, the last time
    std::int64_t heardUs = 0;  // when its browser said something
    std::int64_t keyUs = -keyEveryUs;  // when it was given an IDR
  };
  /// RTCP that nobody read yet.
  struct Inbox {
    std::deque<std::vector<std::uint8_t>> waiting;
    std::int64_t nextUs = 0;  // when the first of them may be read
  };
  struct Datagram {
    std::uint32_t viewer;
    std::vector<std::uint8_t> bytes;
  };
  static bool isSilent(const Viewer& viewer, std::int64_t nowUs);
  void run(const std::stop_token& stop);
  std::int64_t listen(std::int64_t nowUs);
  std::int64_t pump(std::int64_t nowUs, std::vector<std::pair<std::uint32_t, Packets>>& out);
  void wake() const;

  const Options options_;
  Sink sink_;
  std::mutex mutex_;  // guards viewers_
  std::map<std::uint32_t, std::unique_ptr<Viewer>> viewers_;
  std::mutex inboxMutex_;  // guards inboxes_; nothing is worked off under it
  std::map<std::uint32_t, Inbox> inboxes_;
  std::vector<Datagram> heard_;  // the pacer's thread: what it works off this turn
  std::int64_t keyForSilentUs_ = 0;  // demand()'s caller
  int wakeup_;        // eventfd
  std::jthread thread_;
};

}  // namespace feimu
