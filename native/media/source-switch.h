#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "codec/picture.h"

namespace feimu {

/// Decides whose picture is on the stage and hands it over. The first source in order that is live wins; one that
/// ends freezes for `freezeUs`, then the next one, or the idle screen. Any thread; the mutex guards everything.
class SourceSwitch {
 public:
  static constexpr std::int64_t freezeUs = 2'000'000;
  explicit SourceSwitch(std::unique_ptr<FrameProducer> producer) : producer_(std::move(producer)) {}

  /// Ids in order of preference; what is not named any more is forgotten.
  void setOrder(const std::vector<int>& ids);
  /// Whether a picture of this source would be shown now: others need not draw.
  bool wants(int id, std::int64_t nowUs);
  /// Shows it if this source is to be shown. `captureUs`, `receivedUs`: 0 where not known.
  void publish(int id, const PictureView& picture, std::int64_t captureUs, std::int64_t receivedUs, std::int64_t nowUs);
  /// To be called a few times a second: ends what froze for too long.
  void tick(std::int64_t nowUs);
  [[nodiscard]] bool onStage(int id);

 private:
  struct Entry {
    int id;
    std::int64_t lastUs;  // 0: never
  };
  bool decide(int id, std::int64_t nowUs);
  std::mutex mutex_;
  std::unique_ptr<FrameProducer> producer_;
  std::vector<Entry> order_;
  int active_ = -1;
  bool ended_ = false;             // the stage was told that there is no picture
  std::int64_t firstTickUs_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace feimu
