#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "codec/h264-encoder.h"
#include "link/frame-budget.h"
#include "link/link-thread.h"
#include "media/link-status.h"
#include "media/send-end.h"

namespace feimu {

/// Encodes pictures for the rate that a link has, and sends them over it. One thread gives the pictures.
class LinkOutput {
 public:
  struct Options {
    SocketAddress to;
    std::uint32_t kbps = 4'000;  // at most, with all headers and repairs
    double fps = 30;
    std::optional<SrtpKeys> keys{};
    /// The other end cannot answer: a fixed rate, an IDR every two seconds, to one address of our own networks.
    bool oneWay = false;
    SendEnd::OnSent onSent{};                  // on the link's thread
    std::function<void()> onConnected{};       // same
  };
  /// Null with `error`, for people: a wrong key, or a one-way address that is not private unicast.
  static std::unique_ptr<LinkOutput> start(const Options& options, std::string& error);

  /// Whether there is somebody who takes pictures: the address proved itself, and no breaker tripped. Any thread.
  [[nodiscard]] bool connected() const { return connected_ && !broken(); }
  /// The circuit breaker tripped: this link has come to its end, another may be tried after a pause. Any thread.
  [[nodiscard]] bool broken() const { return end_.tripped() != CircuitBreaker::Trip::none; }
  /// A picture is wanted although nothing changed. Any thread.
  [[nodiscard]] bool wantsKey() { return end_.state().keyWanted.load(std::memory_order_relaxed); }
  /// Encodes and sends; false when the path has no room for it, or it could not be encoded: what comes next is to be
  /// shown instead, and where nothing comes the same once more. `number` counts the source's pictures.
  bool send(const PictureView& picture, std::uint64_t number, std::int64_t captureUs);
  /// Any thread.
  [[nodiscard]] LinkStatus status() const;

 private:
  explicit LinkOutput(const Options& options);
  bool openEncoder(const FrameFormat& format, const FrameOrder& order);

  const Options options_;
  const std::uint32_t ssrc_ = randomSsrc();
  SendEnd end_;
  FrameBudget budget_;
  std::unique_ptr<H264Encoder> encoder_;
  FrameFormat format_;
  std::int64_t keyUs_ = 0;  // of the last IDR
  std::atomic<bool> connected_{false};
  std::atomic<std::uint64_t> frames_{0}, skipped_{0};
  LastSecond encoding_;
  std::unique_ptr<LinkThread> thread_;  // last: it uses all the others
};

}  // namespace feimu
