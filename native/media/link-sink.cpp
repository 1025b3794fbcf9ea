#include "media/link-sink.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <thread>

#include "codec/scaler.h"
#include "link/clock.h"
#include "link/descriptor.h"
#include "link/thread-priority.h"
#include "media/lasting-output.h"

namespace feimu {

namespace {

/// A stage that stands still is sent again this often: the other box ends what it gets no picture of for two seconds.
constexpr std::int64_t stillEveryUs = 500'000;

class LinkSink final : public Sink {
 public:
  LinkSink(const SinkSpec& spec, StageFeed& stage)
      : spec_(spec),
        reader_(stage),
        wakeup_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        output_(outputOf(spec, wakeup_)),
        failure_(open()),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}
  ~LinkSink() override {
    thread_.request_stop();
    ::eventfd_write(wakeup_, 1);
  }

  LinkStatus status() override {
    LinkStatus status = output_.status();
    if (!failure_.empty()) status.failure = failure_;
    return status;
  }

 private:
  static LinkOutput::Options outputOf(const SinkSpec& spec, int wakeup) {
    LinkOutput::Options options{.to = *parseAddress(spec.host, spec.port), .kbps = spec.kbps, .fps = double(spec.fps), .keys = spec.keys,
                                .oneWay = spec.oneWay};
    options.onConnected = [wakeup] { ::eventfd_write(wakeup, 1); };
    return options;
  }

  std::string open() {
    std::string error;
    if (output_.open(error)) return "";
    if (spec_.oneWay && !isPrivateUnicast(*parseAddress(spec_.host, spec_.port))) return "SINK_ONE_WAY_PUBLIC";
    // Else it was for lack of something: it is tried again.
    return SrtpSession::takes(spec_.keys) ? "" : "LINK_KEYS_WRONG";
  }

  void run(const std::stop_token& stop) {
    preferThisThread();
    while (!stop.stop_requested()) {
      LinkOutput* output = output_.connected(nowUs());
      reader_.setWanted(output != nullptr);
      std::array<pollfd, 2> waiting{{{wakeup_, POLLIN, 0}, {reader_.descriptor(), POLLIN, 0}}};
      // While the stage stands still, somebody may ask for a key frame.
      ::poll(waiting.data(), waiting.size(), output != nullptr ? 50 : 500);
      eventfd_t ignored = 0;
      ::eventfd_read(wakeup_, &ignored);
      if (auto picture = reader_.take()) shown_ = std::move(picture), fresh_ = true;
      if (output == nullptr) {
        shown_.reset();  // the stage goes on without us
      } else {
        send(*output);
      }
    }
  }

  void send(LinkOutput& output) {
    const std::int64_t now = nowUs();
    if (!shown_ || (!fresh_ && !output.wantsKey() && now - sentUs_ < stillEveryUs)) return;
    // A stage that is faster than the sink's rate: the pictures between are left out.
    const std::int64_t everyUs = 1'000'000 / spec_.fps;
    if (now < dueUs_ - everyUs / 4) return;
    dueUs_ = std::max(dueUs_ + everyUs, now);
    PictureView picture = shown_->view();
    const FrameFormat& stage = shown_->format;
    const FrameFormat wanted = formatOf(spec_.width != 0 ? spec_.width : stage.width, spec_.height != 0 ? spec_.height : stage.height);
    if (wanted.width != stage.width || wanted.height != stage.height) {
      const auto scaled = scaler_.scale(picture, wanted);
      if (!scaled) return;
      picture = *scaled;
    }
    // The picture that covers another must not be the one that is forgotten.
    if (!output.send(picture, ++number_, now)) return;
    fresh_ = false;
    sentUs_ = now;
  }

  const SinkSpec spec_;
  StageFeed::Reader reader_;
  const Descriptor wakeup_;  // eventfd
  std::shared_ptr<const StagePicture> shown_;
  bool fresh_ = false;  // not sent yet
  std::int64_t dueUs_ = 0;
  std::int64_t sentUs_ = 0;
  std::uint64_t number_ = 0;
  Scaler scaler_;
  LastingOutput output_;
  const std::string failure_;  // why it cannot be opened at all
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace

std::unique_ptr<Sink> openLinkSink(const SinkSpec& spec, StageFeed& stage) {
  return std::make_unique<LinkSink>(spec, stage);
}

}  // namespace feimu
