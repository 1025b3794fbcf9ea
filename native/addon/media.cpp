// The door from JavaScript to sources, viewers and the demonstration sender: checks, copies, calls.
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>

#include "addon/values.h"
#include "link/rtp-packet.h"
#include "media/clock.h"
#include "media/media-engine.h"
#include "media/painter.h"
#include "media/phone-sender.h"
#include "media/viewer-encoder.h"

namespace {

using Packets = std::vector<std::vector<std::uint8_t>>;

using feimu::addon::count;
using feimu::addon::expected;
using feimu::addon::number;
using feimu::addon::text;

void systemError(Napi::Env env, const std::string& code, const std::string& what) {
  feimu::addon::fail(env, code, what + ": " + std::strerror(errno));
}

feimu::SourceSpec toSpec(const Napi::Object& object) {
  feimu::SourceSpec spec;
  spec.kind = text(object, "kind");
  spec.host = text(object, "host");
  spec.port = static_cast<std::uint16_t>(count(object, "port", 0));
  spec.width = count(object, "width", 1280);
  spec.height = count(object, "height", 720);
  spec.fps = count(object, "fps", 30);
  if (object.Get("allow").IsArray()) {
    const auto allow = object.Get("allow").As<Napi::Array>();
    for (std::uint32_t i = 0; i < allow.Length(); i++) {
      if (allow.Get(i).IsString()) spec.allow.push_back(allow.Get(i).As<Napi::String>());
    }
  }
  return spec;
}

Napi::Object fromStatus(Napi::Env env, const feimu::SourceStatus& status) {
  auto out = Napi::Object::New(env);
  const auto set = [&](const char* name, std::uint64_t value) { feimu::addon::set(out, name, static_cast<double>(value)); };
  out.Set("state", status.state);
  out.Set("onStage", Napi::Boolean::New(env, status.onStage));
  set("width", status.width);
  set("height", status.height);
  out.Set("fps", Napi::Number::New(env, status.fps));
  set("frames", status.frames);
  set("dropped", status.dropped);
  set("lostPackets", status.lostPackets);
  set("malformed", status.malformed);
  set("plis", status.plis);
  out.Set("sender", status.sender);
  auto refused = Napi::Array::New(env, status.refused.size());
  for (std::uint32_t i = 0; i < status.refused.size(); i++) refused.Set(i, status.refused[i]);
  out.Set("refused", refused);
  out.Set("failure", status.failure);
  return out;
}

/// Brings packets from the encoder's thread to a JavaScript function. When JavaScript is this far behind, a batch
/// is dropped and the sink asks for an IDR: viewers repair themselves, memory does not grow.
class PacketDelivery {
 public:
  static constexpr int maxWaiting = 30;
  static constexpr std::size_t maxHops = 600;
  PacketDelivery(Napi::Env env, const Napi::Function& callback)
      : function_(Napi::ThreadSafeFunction::New(env, callback, "viewer packets", 0, 1)) {
    function_.Unref(env);
  }
  /// False when the batch was dropped. Any thread.
  bool deliver(Packets&& packets) {
    if (waiting_->load() >= maxWaiting) return false;
    waiting_->fetch_add(1);
    const auto use = [waiting = waiting_, hops = hops_, sinceUs = feimu::nowUs()](Napi::Env env, const Packets& batch) {
      waiting->fetch_sub(1);
      hops->push_back(feimu::nowUs() - sinceUs);
      if (hops->size() > maxHops) hops->pop_front();
      auto list = Napi::Array::New(env, batch.size());
      for (std::uint32_t i = 0; i < batch.size(); i++) {
        list.Set(i, Napi::Buffer<std::uint8_t>::Copy(env, batch[i].data(), batch[i].size()));
      }
      return list;
    };
    if (feimu::addon::deliver(function_, std::move(packets), use)) return true;
    waiting_->fetch_sub(1);
    return false;
  }
  void release() { function_.Release(); }
  /// How long the last batches waited for JavaScript, microseconds. JavaScript's thread only.
  [[nodiscard]] const std::deque<std::int64_t>& hops() const { return *hops_; }

 private:
  Napi::ThreadSafeFunction function_;
  std::shared_ptr<std::atomic<int>> waiting_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::deque<std::int64_t>> hops_ = std::make_shared<std::deque<std::int64_t>>();
};

class Media : public Napi::ObjectWrap<Media> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Media",
                       {InstanceMethod<&Media::setSources>("setSources"), InstanceMethod<&Media::status>("status"),
                        InstanceMethod<&Media::startViewers>("startViewers"), InstanceMethod<&Media::stopViewers>("stopViewers"),
                        InstanceMethod<&Media::viewerHops>("viewerHops"),
                        InstanceMethod<&Media::forceIdr>("forceIdr"), InstanceMethod<&Media::close>("close")});
  }

  explicit Media(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Media>(info) {
    if (info.Length() < 1 || !info[0].IsObject()) {
      expected(info.Env(), "an object", "options");
      return;
    }
    const auto options = info[0].As<Napi::Object>();
    const std::string videoSocket = text(options, "videoSocket");
    composedSocket_ = text(options, "composedSocket");
    if (videoSocket.empty()) {
      expected(info.Env(), "a path", "options.videoSocket");
      return;
    }
    if (composedSocket_.empty()) {
      expected(info.Env(), "a path", "options.composedSocket");
      return;
    }
    engine_ = feimu::MediaEngine::start(videoSocket);
    if (!engine_) systemError(info.Env(), "MEDIA_SOCKET", videoSocket);
  }
  ~Media() override { endViewers(); }

 private:
  void setSources(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsArray()) return expected(info.Env(), "an array", "sources");
    if (!engine_) return;
    const auto list = info[0].As<Napi::Array>();
    std::vector<feimu::SourceSpec> specs;
    for (std::uint32_t i = 0; i < list.Length(); i++) {
      const std::string name = "sources[" + std::to_string(i) + "]";
      if (!list.Get(i).IsObject()) return expected(info.Env(), "an object", name);
      specs.push_back(toSpec(list.Get(i).As<Napi::Object>()));
      const auto& spec = specs.back();
      if (spec.width < 2 || spec.height < 2 || spec.fps < 1 || spec.width > 4096 || spec.height > 4096) {
        return expected(info.Env(), "a size up to 4096 and frames a second", name);
      }
    }
    if (!engine_->setSources(specs)) expected(info.Env(), "known kinds", "sources");
  }

  Napi::Value status(const Napi::CallbackInfo& info) {
    const auto all = engine_ ? engine_->status() : std::vector<feimu::SourceStatus>{};
    auto list = Napi::Array::New(info.Env(), all.size());
    for (std::uint32_t i = 0; i < all.size(); i++) list.Set(i, fromStatus(info.Env(), all[i]));
    return list;
  }

  void startViewers(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[0].IsObject()) return expected(info.Env(), "an object", "options");
    if (!info[1].IsFunction()) return expected(info.Env(), "a function", "onPackets");
    const auto object = info[0].As<Napi::Object>();
    feimu::ViewerEncoder::Options options;
    options.kbps = count(object, "kbps", options.kbps);
    options.fps = count(object, "fps", options.fps);
    options.ssrc = count(object, "ssrc", options.ssrc);
    options.payloadType = static_cast<std::uint8_t>(count(object, "payloadType", options.payloadType) & 0x7f);
    options.playoutDelayId = static_cast<std::uint8_t>(count(object, "playoutDelayId", 0) & 0x0f);
    if (options.fps == 0 || options.kbps == 0) return expected(info.Env(), "more than 0", "fps and kbps");
    endViewers();
    if (!engine_) return;
    delivery_ = std::make_unique<PacketDelivery>(info.Env(), info[1].As<Napi::Function>());
    viewers_ = feimu::ViewerEncoder::start(composedSocket_, options,
                                           [delivery = delivery_.get()](Packets&& packets) { return delivery->deliver(std::move(packets)); });
    if (!viewers_) systemError(info.Env(), "MEDIA_SOCKET", composedSocket_);
  }

  /// viewerHops(): number[], microseconds that the last batches waited for JavaScript.
  Napi::Value viewerHops(const Napi::CallbackInfo& info) {
    auto list = Napi::Array::New(info.Env());
    if (!delivery_) return list;
    std::uint32_t at = 0;
    for (const std::int64_t us : delivery_->hops()) list.Set(at++, Napi::Number::New(info.Env(), static_cast<double>(us)));
    return list;
  }

  void stopViewers(const Napi::CallbackInfo&) { endViewers(); }

  void forceIdr(const Napi::CallbackInfo&) {
    if (viewers_) viewers_->forceIdr();
  }

  void close(const Napi::CallbackInfo&) {
    endViewers();
    engine_.reset();
  }

  void endViewers() {
    viewers_.reset();  // joins the thread that uses delivery_
    if (delivery_) delivery_->release();
    delivery_.reset();
  }

  std::string composedSocket_;
  std::unique_ptr<feimu::MediaEngine> engine_;
  std::unique_ptr<PacketDelivery> delivery_;
  std::unique_ptr<feimu::ViewerEncoder> viewers_;
};

class PhoneSender : public Napi::ObjectWrap<PhoneSender> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "PhoneSender", {InstanceMethod<&PhoneSender::takeTimings>("takeTimings"), InstanceMethod<&PhoneSender::close>("close")});
  }
  explicit PhoneSender(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PhoneSender>(info) {
    if (info.Length() < 1 || !info[0].IsObject()) {
      expected(info.Env(), "an object", "options");
      return;
    }
    const auto object = info[0].As<Napi::Object>();
    feimu::PhoneSender::Options options;
    options.host = text(object, "host");
    options.port = static_cast<std::uint16_t>(count(object, "port", 0));
    options.width = count(object, "width", options.width);
    options.height = count(object, "height", options.height);
    options.fps = number(object, "fps", options.fps);
    options.kbps = count(object, "kbps", options.kbps);
    options.clock = feimu::addon::boolean(object, "clock", false);
    if (!(options.fps >= 1 && options.fps <= 240)) {
      expected(info.Env(), "1 to 240", "options.fps");
      return;
    }
    if (options.port == 0) {
      expected(info.Env(), "a port", "options.port");
      return;
    }
    sender_ = feimu::PhoneSender::start(options);
    if (!sender_) systemError(info.Env(), "SENDER", options.host + ":" + std::to_string(options.port));
  }

 private:
  Napi::Value takeTimings(const Napi::CallbackInfo& info) {
    const auto timings = sender_ ? sender_->takeTimings() : std::vector<feimu::PhoneSender::Timing>{};
    auto list = Napi::Array::New(info.Env(), timings.size());
    for (std::uint32_t i = 0; i < timings.size(); i++) {
      auto one = Napi::Object::New(info.Env());
      one.Set("frame", Napi::Number::New(info.Env(), static_cast<double>(timings[i].frame)));
      one.Set("captureUs", Napi::Number::New(info.Env(), static_cast<double>(timings[i].captureUs)));
      one.Set("encodedUs", Napi::Number::New(info.Env(), static_cast<double>(timings[i].encodedUs)));
      one.Set("sentUs", Napi::Number::New(info.Env(), static_cast<double>(timings[i].sentUs)));
      list.Set(i, one);
    }
    return list;
  }
  void close(const Napi::CallbackInfo&) { sender_.reset(); }
  std::unique_ptr<feimu::PhoneSender> sender_;
};

/// paintPhone(width, height, frame): Buffer, NV12 with rows of `width` bytes. For peers that encode the same pictures.
Napi::Value paintPhone(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber() ||
      info[0].As<Napi::Number>().Uint32Value() % 64 != 0) {
    expected(env, "numbers, the first a multiple of 64,", "width, height and frame");
    return env.Undefined();
  }
  feimu::Painter painter(info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::Number>().Uint32Value());
  feimu::paintPhone(painter, info[2].As<Napi::Number>().Uint32Value());
  const auto bytes = painter.view().data;
  return Napi::Buffer<std::uint8_t>::Copy(env, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// asksForKeyFrame(rtcp: Buffer): boolean
Napi::Value asksForKeyFrame(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsBuffer()) {
    expected(info.Env(), "a Buffer", "rtcp");
    return info.Env().Undefined();
  }
  const auto bytes = info[0].As<Napi::Buffer<std::uint8_t>>();
  return Napi::Boolean::New(info.Env(), feimu::asksForKeyFrame({bytes.Data(), bytes.Length()}));
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Media", Media::define(env));
  exports.Set("PhoneSender", PhoneSender::define(env));
  exports.Set("paintPhone", Napi::Function::New(env, paintPhone, "paintPhone"));
  exports.Set("asksForKeyFrame", Napi::Function::New(env, asksForKeyFrame, "asksForKeyFrame"));
  return exports;
}

}  // namespace

NODE_API_MODULE(media, initialise)
