#include "media/sink-set.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "media/link-sink.h"

namespace feimu {

namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<Sink> (*open)(const SinkSpec& spec, StageFeed& stage);
};

/// A new kind of sink is one file and one line here.
constexpr std::array<Kind, 1> kinds{{{"rtp", openLinkSink}}};

const Kind* find(const std::string& name) {
  const auto* found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : found;
}

}  // namespace

bool SinkSet::set(const std::vector<SinkSpec>& specs) {
  if (!std::all_of(specs.begin(), specs.end(), [](const SinkSpec& spec) { return find(spec.kind) != nullptr; })) return false;
  std::vector<Running> next;
  for (const SinkSpec& spec : specs) {
    const auto kept = std::find_if(running_.begin(), running_.end(), [&](const Running& one) { return one.sink && one.spec == spec; });
    next.push_back({spec, kept == running_.end() ? nullptr : std::move(kept->sink)});
  }
  running_ = std::move(next);
  for (Running& one : running_) {
    if (!one.sink) one.sink = find(one.spec.kind)->open(one.spec, stage_);
  }
  return true;
}

std::vector<LinkStatus> SinkSet::status() const {
  std::vector<LinkStatus> all;
  all.reserve(running_.size());
  for (const Running& one : running_) all.push_back(one.sink->status());
  return all;
}

}  // namespace feimu
