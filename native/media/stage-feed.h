#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "codec/picture.h"
#include "link/descriptor.h"

namespace feimu {

/// One picture of the composed stage; never changed once it was given out.
struct StagePicture {
  FrameFormat format;
  FrameInfo info;
  std::vector<std::byte> data;
  std::uint64_t number = 0;  // counts the feed's
  [[nodiscard]] PictureView view() const { return {format, data, info.fullRange != 0, info.bt709 != 0}; }
};

/// The composed stage for all who encode it: the stage itself serves one consumer. Pictures come, and are copied once,
/// only while a reader wants them; the newest wins. Own thread.
class StageFeed {
 public:
  /// One who looks. One thread, as long as the feed is there.
  class Reader {
   public:
    explicit Reader(StageFeed& feed);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    /// False at first. Who wants again gets the newest one again.
    void setWanted(bool wanted);
    /// The newest one, if this reader did not have it yet. Never blocks.
    std::shared_ptr<const StagePicture> take();
    /// For poll(2): readable when take() may have something.
    [[nodiscard]] int descriptor() const { return ready_; }

   private:
    friend class StageFeed;
    StageFeed& feed_;
    const Descriptor ready_;  // eventfd
    bool wanted_ = false;     // guarded by the feed's mutex
    std::uint64_t seen_ = 0;
  };

  /// Null with errno when the path cannot be a socket's.
  static std::unique_ptr<StageFeed> open(const std::string& composedSocket);
  explicit StageFeed(std::unique_ptr<FrameConsumer> consumer);
  ~StageFeed();

 private:
  struct Spare;
  void run(const std::stop_token& stop);
  void publish(const BorrowedFrame& frame);

  std::unique_ptr<FrameConsumer> consumer_;
  std::shared_ptr<Spare> spare_;
  const Descriptor wakeup_;  // eventfd
  std::mutex mutex_;         // guards readers_ and newest_
  std::vector<Reader*> readers_;
  std::shared_ptr<const StagePicture> newest_;
  std::uint64_t number_ = 0;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace feimu
