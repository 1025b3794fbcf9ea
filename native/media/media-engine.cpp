#include "media/media-engine.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>

#include "link/clock.h"
#include "media/rtp-source.h"
#include "media/test-pattern-source.h"

namespace feimu {

namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<Source> (*open)(int id, const SourceSpec& spec, SourceSwitch& output);
};

/// A new kind of source is one file and one line here.
constexpr std::array<Kind, 2> kinds{{
    {"rtp", [](int id, const SourceSpec& spec, SourceSwitch& output) {
       return openRtpSource(id, {spec.host, spec.port, spec.allow, spec.keys}, output);
     }},
    {"test-pattern", [](int id, const SourceSpec& spec, SourceSwitch& output) {
       return openTestPattern(id, {spec.width, spec.height, spec.fps}, output);
     }},
}};

const Kind* find(const std::string& name) {
  const auto* found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : found;
}

bool sameSource(const SourceSpec& a, const SourceSpec& b) {
  return a.kind == b.kind && a.host == b.host && a.port == b.port && a.width == b.width && a.height == b.height &&
         a.fps == b.fps && a.keys == b.keys;
}

class Engine final : public MediaEngine {
 public:
  explicit Engine(std::unique_ptr<FrameProducer> producer)
      : switch_(std::move(producer)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  bool setSources(const std::vector<SourceSpec>& specs) override {
    if (!std::all_of(specs.begin(), specs.end(), [](const SourceSpec& spec) { return find(spec.kind) != nullptr; })) {
      return false;
    }
    std::vector<Running> next;
    std::vector<int> order;
    for (const SourceSpec& spec : specs) {
      auto kept = std::find_if(running_.begin(), running_.end(),
                               [&](const Running& one) { return one.source && sameSource(one.spec, spec); });
      if (kept == running_.end()) {
        next.push_back({++lastId_, spec, nullptr});
      } else {
        kept->source->setAllowed(spec.allow);
        next.push_back({kept->id, spec, std::move(kept->source)});
      }
      order.push_back(next.back().id);
    }
    // The old ones end first: a new one may want the same port.
    running_ = std::move(next);
    switch_.setOrder(order);
    for (Running& one : running_) {
      if (!one.source) one.source = find(one.spec.kind)->open(one.id, one.spec, switch_);
    }
    return true;
  }

  std::vector<SourceStatus> status() override {
    std::vector<SourceStatus> all;
    all.reserve(running_.size());
    for (Running& one : running_) all.push_back(one.source->status());
    return all;
  }

  std::vector<LinkStatus> links() override {
    std::vector<LinkStatus> all;
    for (Running& one : running_) {
      if (auto link = one.source->link()) all.push_back(std::move(*link));
    }
    return all;
  }

 private:
  struct Running {
    int id;
    SourceSpec spec;
    std::unique_ptr<Source> source;
  };

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      switch_.tick(nowUs());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  SourceSwitch switch_;
  std::vector<Running> running_;  // after the switch: they use it
  int lastId_ = 0;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<MediaEngine> MediaEngine::start(const std::string& videoSocket) {
  auto producer = FrameProducer::listen(videoSocket);
  if (!producer) return nullptr;
  return std::make_unique<Engine>(std::move(producer));
}

}  // namespace feimu
