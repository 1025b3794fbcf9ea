#pragma once
// Viewers, their packets and their figures between JavaScript and C++.
#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "addon/values.h"
#include "link/clock.h"
#include "media/viewer-pacer.h"

namespace feimu::addon {

/// Brings packets from the pacer's thread to a JavaScript function, with the viewer that they are for. When JavaScript
/// is this far behind, a batch is dropped: its viewer reports the loss, memory does not grow.
class PacketDelivery {
 public:
  static constexpr int maxWaiting = 256;
  static constexpr std::size_t maxHops = 600;
  PacketDelivery(Napi::Env env, const Napi::Function& callback)
      : function_(Napi::ThreadSafeFunction::New(env, callback, "viewer packets", 0, 1)) {
    function_.Unref(env);
  }
  /// Any thread.
  void deliver(std::uint32_t viewer, ViewerPacer::Packets&& packets) {
    if (waiting_->load() >= maxWaiting) return;
    waiting_->fetch_add(1);
    const auto use = [waiting = waiting_, hops = hops_, viewer, sinceUs = nowUs()](Napi::Env env, const ViewerPacer::Packets& batch) {
      waiting->fetch_sub(1);
      hops->push_back(nowUs() - sinceUs);
      if (hops->size() > maxHops) hops->pop_front();
      auto list = Napi::Array::New(env, batch.size());
      for (std::uint32_t i = 0; i < batch.size(); i++) {
        list.Set(i, Napi::Buffer<std::uint8_t>::Copy(env, batch[i].data(), batch[i].size()));
      }
      auto both = Napi::Object::New(env);
      both.Set("viewer", Napi::Number::New(env, viewer));
      both.Set("packets", list);
      return both;
    };
    if (!addon::deliver(function_, std::move(packets), use)) waiting_->fetch_sub(1);
  }
  void release() { function_.Release(); }
  /// How long the last batches waited for JavaScript, microseconds. JavaScript's thread only.
  [[nodiscard]] const std::deque<std::int64_t>& hops() const { return *hops_; }

 private:
  Napi::ThreadSafeFunction function_;
  std::shared_ptr<std::atomic<int>> waiting_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::deque<std::int64_t>> hops_ = std::make_shared<std::deque<std::int64_t>>();
};

inline ViewerPacer::Options viewerOptions(const Napi::Object& object) {
  ViewerPacer::Options options;
  options.maxKbps = count(object, "kbps", options.maxKbps);
  options.fps = count(object, "fps", options.fps);
  options.ssrc = count(object, "ssrc", options.ssrc);
  options.rtxSsrc = count(object, "rtxSsrc", options.rtxSsrc);
  options.payloadType = static_cast<std::uint8_t>(count(object, "payloadType", options.payloadType) & 0x7f);
  options.rtxPayloadType = static_cast<std::uint8_t>(count(object, "rtxPayloadType", options.rtxPayloadType) & 0x7f);
  options.playoutDelayId = static_cast<std::uint8_t>(count(object, "playoutDelayId", 0) & 0x0f);
  options.transportSequenceId = static_cast<std::uint8_t>(count(object, "transportSequenceId", 0) & 0x0f);
  return options;
}

inline Napi::Value fromStats(Napi::Env env, const std::vector<ViewerPacer::Stats>& all) {
  auto list = Napi::Array::New(env, all.size());
  for (std::uint32_t i = 0; i < all.size(); i++) {
    const LinkSender::Stats& stats = all[i].sender;
    auto one = Napi::Object::New(env);
    set(one, "viewer", all[i].viewer);
    set(one, "bytes", static_cast<double>(stats.bytes));
    set(one, "resent", static_cast<double>(stats.resent));
    set(one, "nacked", static_cast<double>(stats.nacked));
    set(one, "droppedUnsent", static_cast<double>(stats.droppedUnsent));
    set(one, "keyRequests", static_cast<double>(stats.keyRequests));
    set(one, "pacingKbps", stats.target.pacingBps / 1e3);
    set(one, "mediaKbps", stats.target.mediaBps / 1e3);
    set(one, "queueMs", static_cast<double>(stats.target.queueUs) / 1e3);
    set(one, "rttMs", static_cast<double>(stats.rttUs) / 1e3);
    one.Set("state", std::string(stats.target.state));
    list.Set(i, one);
  }
  return list;
}

}  // namespace feimu::addon
