#pragma once
#include <memory>

#include "media/stage-feed.h"
#include "media/viewer-pacer.h"

namespace feimu {

/// Encodes the composed stage once for all viewers, at what the slowest one's path carries. Own thread; works only
/// while somebody looks.
class ViewerEncoder {
 public:
  static std::unique_ptr<ViewerEncoder> start(StageFeed& stage, const ViewerPacer::Options& options, ViewerPacer::Sink sink);
  virtual ~ViewerEncoder() = default;
  /// Any thread.
  virtual ViewerPacer& pacer() = 0;
};

}  // namespace feimu
