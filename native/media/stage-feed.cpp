#include "media/stage-feed.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>

#include "link/thread-priority.h"

namespace feimu {

namespace {
int makeEvent() { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
void clear(int event) {
  eventfd_t ignored = 0;
  ::eventfd_read(event, &ignored);
}
}  // namespace

/// Buffers that nobody looks at any more: a new one for each picture would be page faults alone.
struct StageFeed::Spare {
  std::mutex mutex;  // guards pictures
  std::vector<std::unique_ptr<StagePicture>> pictures;

  static std::shared_ptr<StagePicture> take(const std::shared_ptr<Spare>& spare) {
    std::unique_ptr<StagePicture> picture;
    {
      const std::lock_guard lock(spare->mutex);
      if (!spare->pictures.empty()) {
        picture = std::move(spare->pictures.back());
        spare->pictures.pop_back();
      }
    }
    if (!picture) picture = std::make_unique<StagePicture>();
    return {picture.release(), [spare](StagePicture* done) {
              std::unique_ptr<StagePicture> owned(done);
              const std::lock_guard lock(spare->mutex);
              if (spare->pictures.size() < 4) spare->pictures.push_back(std::move(owned));
            }};
  }
};

std::unique_ptr<StageFeed> StageFeed::open(const std::string& composedSocket) {
  // Nobody looks yet: what came before somebody does would be lost, and a stage that stands still sends nothing again.
  auto consumer = FrameConsumer::open(composedSocket, false, false);
  return consumer ? std::make_unique<StageFeed>(std::move(consumer)) : nullptr;
}

StageFeed::StageFeed(std::unique_ptr<FrameConsumer> consumer)
    : consumer_(std::move(consumer)),
      spare_(std::make_shared<Spare>()),
      wakeup_(makeEvent()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

StageFeed::~StageFeed() {
  thread_.request_stop();
  ::eventfd_write(wakeup_, 1);
}

void StageFeed::run(const std::stop_token& stop) {
  preferThisThread();
  while (!stop.stop_requested()) {
    bool wanted = false;
    {
      const std::lock_guard lock(mutex_);
      wanted = std::any_of(readers_.begin(), readers_.end(), [](const Reader* one) { return one->wanted_; });
      // It would be shown to the next one although the stage went on.
      if (!wanted) newest_.reset();
    }
    consumer_->setWanted(wanted);
    std::array<pollfd, 2> waiting{{{wakeup_, POLLIN, 0}, {consumer_->descriptor(), POLLIN, 0}}};
    // take() connects, and connects again.
    ::poll(waiting.data(), waiting[1].fd >= 0 ? 2 : 1, wanted ? 50 : 500);
    clear(wakeup_);
    if (const auto frame = consumer_->take(); frame && wanted) publish(*frame);
  }
}

void StageFeed::publish(const BorrowedFrame& frame) {
  const auto picture = Spare::take(spare_);
  picture->format = frame.format;
  picture->info = frame.info;
  picture->number = ++number_;
  picture->data.assign(frame.data, frame.data + frame.format.sizeBytes());
  const std::lock_guard lock(mutex_);
  newest_ = picture;
  for (const Reader* one : readers_) {
    if (one->wanted_) ::eventfd_write(one->ready_, 1);
  }
}

StageFeed::Reader::Reader(StageFeed& feed) : feed_(feed), ready_(makeEvent()) {
  const std::lock_guard lock(feed_.mutex_);
  feed_.readers_.push_back(this);
}

StageFeed::Reader::~Reader() {
  {
    const std::lock_guard lock(feed_.mutex_);
    std::erase(feed_.readers_, this);
  }
  ::eventfd_write(feed_.wakeup_, 1);
}

void StageFeed::Reader::setWanted(bool wanted) {
  {
    const std::lock_guard lock(feed_.mutex_);
    if (wanted_ == wanted) return;
    wanted_ = wanted;
    seen_ = 0;
  }
  // Others may have it already.
  ::eventfd_write(ready_, 1);
  ::eventfd_write(feed_.wakeup_, 1);
}

std::shared_ptr<const StagePicture> StageFeed::Reader::take() {
  clear(ready_);
  const std::lock_guard lock(feed_.mutex_);
  if (!feed_.newest_ || feed_.newest_->number == seen_) return nullptr;
  seen_ = feed_.newest_->number;
  return feed_.newest_;
}

}  // namespace feimu
