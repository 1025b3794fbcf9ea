#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "codec/h264-encoder.h"

namespace feimu {

/// Slices of one picture, that several threads finish in any order, on their way to one sink in the picture's order.
/// take()
/// by any thread, the rest by the encoder's before and after.
class SliceOrder {
 public:
  explicit SliceOrder(int macroblocks) : macroblocks_(macroblocks) {}

  void begin(const H264Encoder::SliceSink& sink) {
    sink_ = &sink;
    next_ = 0;
    sizeBytes_ = 0;
    early_.clear();
  }
  /// `slice` covers the macroblocks from `firstMb` to `lastMb`.
  void take(EncodedSlice&& slice, int firstMb, int lastMb) {
    const std::lock_guard lock(mutex_);
    sizeBytes_ += slice.data.size();
    slice.first = firstMb == 0;
    slice.last = lastMb == macroblocks_ - 1;
    early_.insert_or_assign(firstMb, std::pair{std::move(slice), lastMb});
    for (auto found = early_.find(next_); found != early_.end(); found = early_.find(next_)) {
      next_ = found->second.second + 1;
      (*sink_)(std::move(found->second.first));
      early_.erase(found);
    }
  }
  /// Whether the whole picture was given to the sink.
  [[nodiscard]] bool whole() const { return next_ == macroblocks_; }
  [[nodiscard]] std::size_t sizeBytes() const { return sizeBytes_; }

 private:
  const int macroblocks_;
  std::mutex mutex_;  // guards the rest, and lets one thread at a time into the sink
  const H264Encoder::SliceSink* sink_ = nullptr;
  int next_ = 0;  // macroblock that the sink waits for
  std::size_t sizeBytes_ = 0;
  std::map<int, std::pair<EncodedSlice, int>> early_;  // by first macroblock; with the last one
};

}  // namespace feimu
