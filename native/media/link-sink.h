#pragma once
#include <memory>

#include "media/sink.h"
#include "media/stage-feed.h"

namespace feimu {

/// Sends the composed stage over a link. Works only while the other end proved its address, or is one-way; when the
/// circuit breaker stopped it, it tries again after a pause. What cannot be opened stands in its status. Own thread.
std::unique_ptr<Sink> openLinkSink(const SinkSpec& spec, StageFeed& stage);

}  // namespace feimu
