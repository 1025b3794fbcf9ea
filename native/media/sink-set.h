#pragma once
#include <memory>
#include <vector>

#include "media/sink.h"
#include "media/stage-feed.h"

namespace feimu {

/// All sinks of the composed stage. One thread.
class SinkSet {
 public:
  explicit SinkSet(StageFeed& stage) : stage_(stage) {}
  /// What stays the same goes on undisturbed. False when a kind is unknown: nothing changes then.
  bool set(const std::vector<SinkSpec>& specs);
  /// In the order of set().
  [[nodiscard]] std::vector<LinkStatus> status() const;

 private:
  struct Running {
    SinkSpec spec;
    std::unique_ptr<Sink> sink;
  };
  StageFeed& stage_;
  std::vector<Running> running_;
};

}  // namespace feimu
