// The door from JavaScript to sources, viewers and the demonstration sender: checks, copies, calls.
#include <cerrno>
#include <cmath>
#include <cstring>
#include <memory>

#include "addon/values.h"
#include "addon/viewer-values.h"
#include "link/clock.h"
#include "link/socket-address.h"
#include "media/media-engine.h"
#include "media/sink-set.h"
#include "media/painter.h"
#include "media/phone-clip.h"
#include "media/phone-sender.h"
#include "media/viewer-encoder.h"

namespace {

using feimu::addon::count;
using feimu::addon::expected;
using feimu::addon::number;
using feimu::addon::text;

void systemError(Napi::Env env, const std::string& code, const std::string& what) {
  feimu::addon::fail(env, code, what + ": " + std::strerror(errno));
}

/// `keys: {send, receive}`, base64 of key and salt; their length says which cipher.
std::optional<feimu::SrtpKeys> keysOf(const Napi::Object& object) {
  if (!object.Get("keys").IsObject()) return std::nullopt;
  constexpr std::size_t shortBase64 = 40;  // of 28 bytes
  const auto keys = object.Get("keys").As<Napi::Object>();
  const std::string send = text(keys, "send");
  return feimu::SrtpKeys{send.size() <= shortBase64 ? "AEAD_AES_128_GCM" : "AEAD_AES_256_GCM", send, text(keys, "receive")};
}

feimu::SourceSpec toSpec(const Napi::Object& object) {
  feimu::SourceSpec spec;
  spec.kind = text(object, "kind");
  spec.host = text(object, "host");
  spec.port = static_cast<std::uint16_t>(count(object, "port", 0));
  spec.width = count(object, "width", 1280);
  spec.height = count(object, "height", 720);
  spec.fps = count(object, "fps", 30);
  spec.keys = keysOf(object);
  if (object.Get("allow").IsArray()) {
    const auto allow = object.Get("allow").As<Napi::Array>();
    for (std::uint32_t i = 0; i < allow.Length(); i++) {
      if (allow.Get(i).IsString()) spec.allow.push_back(allow.Get(i).As<Napi::String>());
    }
  }
  return spec;
}

feimu::SinkSpec toSinkSpec(const Napi::Object& object) {
  feimu::SinkSpec spec;
  spec.kind = text(object, "kind");
  spec.host = text(object, "host");
  spec.port = static_cast<std::uint16_t>(count(object, "port", 0));
  spec.kbps = count(object, "kbps", spec.kbps);
  spec.fps = count(object, "fps", spec.fps);
  spec.width = count(object, "width", 0);
  spec.height = count(object, "height", 0);
  spec.oneWay = feimu::addon::boolean(object, "oneWay", false);
  spec.keys = keysOf(object);
  return spec;
}

/// Only what is known.
Napi::Object fromLink(Napi::Env env, const feimu::LinkStatus& status) {
  auto out = Napi::Object::New(env);
  const auto say = [&](const char* name, const std::string& value) {
    if (!value.empty()) out.Set(name, value);
  };
  const auto set = [&](const char* name, double value) {
    if (!std::isnan(value)) feimu::addon::set(out, name, value);
  };
  const auto total = [&](const char* name, std::uint64_t value) { feimu::addon::set(out, name, static_cast<double>(value)); };
  say("role", status.role);
  say("label", status.label);
  say("peer", status.peer);
  say("state", status.state);
  say("failure", status.failure);
  out.Set("protected", Napi::Boolean::New(env, status.isProtected));
  set("kbps", status.kbps);
  set("targetKbps", status.targetKbps);
  set("pacingKbps", status.pacingKbps);
  set("rttMs", status.rttMs);
  set("queueMs", status.queueMs);
  set("loss", status.loss);
  set("repaired", status.repaired);
  set("parity", status.parity);
  total("frames", status.frames);
  total("framesDropped", status.framesDropped);
  total("keyRequests", status.keyRequests);
  total("malformed", status.malformed);
  total("forged", status.forged);
  total("replayed", status.replayed);
  set("encodeMs", status.encodeMs);
  set("sendMs", status.sendMs);
  set("assembleMs", status.assembleMs);
  set("decodeMs", status.decodeMs);
  set("totalMs", status.totalMs);
  return out;
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

class Media : public Napi::ObjectWrap<Media> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Media",
                       {InstanceMethod<&Media::setSources>("setSources"), InstanceMethod<&Media::status>("status"),
                        InstanceMethod<&Media::setSinks>("setSinks"), InstanceMethod<&Media::links>("links"),
                        InstanceMethod<&Media::startViewers>("startViewers"), InstanceMethod<&Media::stopViewers>("stopViewers"),
                        InstanceMethod<&Media::viewerHops>("viewerHops"), InstanceMethod<&Media::viewerStats>("viewerStats"),
                        InstanceMethod<&Media::addViewer>("addViewer"), InstanceMethod<&Media::removeViewer>("removeViewer"),
                        InstanceMethod<&Media::viewerRtcp>("viewerRtcp"), InstanceMethod<&Media::close>("close")});
  }

  explicit Media(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Media>(info) {
    if (info.Length() < 1 || !info[0].IsObject()) {
      expected(info.Env(), "an object", "options");
      return;
    }
    const auto options = info[0].As<Napi::Object>();
    const std::string videoSocket = text(options, "videoSocket");
    const std::string composedSocket = text(options, "composedSocket");
    if (videoSocket.empty()) {
      expected(info.Env(), "a path", "options.videoSocket");
      return;
    }
    if (composedSocket.empty()) {
      expected(info.Env(), "a path", "options.composedSocket");
      return;
    }
    stage_ = feimu::StageFeed::open(composedSocket);
    if (!stage_) {
      systemError(info.Env(), "MEDIA_SOCKET", composedSocket);
      return;
    }
    engine_ = feimu::MediaEngine::start(videoSocket);
    if (!engine_) systemError(info.Env(), "MEDIA_SOCKET", videoSocket);
    sinks_ = std::make_unique<feimu::SinkSet>(*stage_);
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

  void setSinks(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsArray()) return expected(info.Env(), "an array", "sinks");
    if (!sinks_) return;
    const auto list = info[0].As<Napi::Array>();
    std::vector<feimu::SinkSpec> specs;
    for (std::uint32_t i = 0; i < list.Length(); i++) {
      const std::string name = "sinks[" + std::to_string(i) + "]";
      if (!list.Get(i).IsObject()) return expected(info.Env(), "an object", name);
      specs.push_back(toSinkSpec(list.Get(i).As<Napi::Object>()));
      const auto& spec = specs.back();
      if (spec.port == 0 || !feimu::parseAddress(spec.host, spec.port)) return expected(info.Env(), "a numeric address and a port", name);
      if (spec.width > 4096 || spec.height > 4096 || spec.fps < 1 || spec.fps > 240 || spec.kbps < 100) {
        return expected(info.Env(), "a size up to 4096, 1 to 240 frames a second and at least 100 kbit/s", name);
      }
    }
    if (!sinks_->set(specs)) expected(info.Env(), "known kinds", "sinks");
  }

  /// links(): those of the sources first, then the sinks'.
  Napi::Value links(const Napi::CallbackInfo& info) {
    auto all = engine_ ? engine_->links() : std::vector<feimu::LinkStatus>{};
    if (sinks_) {
      for (auto& link : sinks_->status()) all.push_back(std::move(link));
    }
    auto list = Napi::Array::New(info.Env(), all.size());
    for (std::uint32_t i = 0; i < all.size(); i++) list.Set(i, fromLink(info.Env(), all[i]));
    return list;
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
    const auto options = feimu::addon::viewerOptions(info[0].As<Napi::Object>());
    if (options.fps == 0 || options.maxKbps == 0) return expected(info.Env(), "more than 0", "fps and kbps");
    endViewers();
    if (!engine_) return;
    delivery_ = std::make_unique<feimu::addon::PacketDelivery>(info.Env(), info[1].As<Napi::Function>());
    viewers_ = feimu::ViewerEncoder::start(*stage_, options,
                                           [delivery = delivery_.get()](std::uint32_t viewer, feimu::ViewerPacer::Packets&& packets) { delivery->deliver(viewer, std::move(packets)); });
  }

  /// viewerHops(): number[], microseconds that the last batches waited for JavaScript.
  Napi::Value viewerHops(const Napi::CallbackInfo& info) {
    auto list = Napi::Array::New(info.Env());
    if (!delivery_) return list;
    std::uint32_t at = 0;
    for (const std::int64_t us : delivery_->hops()) list.Set(at++, Napi::Number::New(info.Env(), static_cast<double>(us)));
    return list;
  }

  Napi::Value viewerStats(const Napi::CallbackInfo& info) {
    return feimu::addon::fromStats(info.Env(), viewers_ ? viewers_->pacer().stats() : std::vector<feimu::ViewerPacer::Stats>{});
  }

  void stopViewers(const Napi::CallbackInfo&) { endViewers(); }

  void addViewer(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsNumber()) return expected(info.Env(), "a number", "viewer");
    if (viewers_) viewers_->pacer().add(info[0].As<Napi::Number>().Uint32Value());
  }

  void removeViewer(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsNumber()) return expected(info.Env(), "a number", "viewer");
    if (viewers_) viewers_->pacer().remove(info[0].As<Napi::Number>().Uint32Value());
  }

  /// viewerRtcp(viewer, rtcp: Buffer): what a browser said of what it received.
  void viewerRtcp(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsNumber()) return expected(info.Env(), "a number", "viewer");
    if (info.Length() < 2 || !info[1].IsBuffer()) return expected(info.Env(), "a Buffer", "rtcp");
    const auto bytes = info[1].As<Napi::Buffer<std::uint8_t>>();
    if (viewers_) viewers_->pacer().onRtcp(info[0].As<Napi::Number>().Uint32Value(), {bytes.Data(), bytes.Data() + bytes.Length()});
  }

  void close(const Napi::CallbackInfo&) {
    endViewers();
    sinks_.reset();
    engine_.reset();
    stage_.reset();
  }

  void endViewers() {
    viewers_.reset();  // joins the thread that uses delivery_
    if (delivery_) delivery_->release();
    delivery_.reset();
  }

  std::unique_ptr<feimu::StageFeed> stage_;  // before those that read it
  std::unique_ptr<feimu::MediaEngine> engine_;
  std::unique_ptr<feimu::SinkSet> sinks_;
  std::unique_ptr<feimu::addon::PacketDelivery> delivery_;
  std::unique_ptr<feimu::ViewerEncoder> viewers_;
};

class PhoneSender : public Napi::ObjectWrap<PhoneSender> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "PhoneSender", {InstanceMethod<&PhoneSender::takeTimings>("takeTimings"),
                                              InstanceMethod<&PhoneSender::link>("link"), InstanceMethod<&PhoneSender::close>("close")});
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
    options.noiseBlocks = count(object, "noiseBlocks", 0);
    if (!(options.fps >= 1 && options.fps <= 240)) {
      expected(info.Env(), "1 to 240", "options.fps");
      return;
    }
    if (options.port == 0) {
      expected(info.Env(), "a port", "options.port");
      return;
    }
    options.keys = keysOf(object);
    std::string error;
    sender_ = feimu::PhoneSender::start(options, error);
    if (!sender_) feimu::addon::fail(info.Env(), "SENDER", error);
  }

 private:
  Napi::Value takeTimings(const Napi::CallbackInfo& info) {
    const auto timings = sender_ ? sender_->takeTimings() : std::vector<feimu::FrameTimes>{};
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
  Napi::Value link(const Napi::CallbackInfo& info) {
    return sender_ ? Napi::Value(fromLink(info.Env(), sender_->link())) : info.Env().Undefined();
  }
  void close(const Napi::CallbackInfo&) { sender_.reset(); }
  std::unique_ptr<feimu::PhoneSender> sender_;
};

/// The viewers' pacer alone, with pictures from JavaScript: what it does is measured beside another packetizer.
class ViewerPacer : public Napi::ObjectWrap<ViewerPacer> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "ViewerPacer",
                       {InstanceMethod<&ViewerPacer::add>("add"), InstanceMethod<&ViewerPacer::remove>("remove"),
                        InstanceMethod<&ViewerPacer::rtcp>("rtcp"), InstanceMethod<&ViewerPacer::push>("push"),
                        InstanceMethod<&ViewerPacer::stats>("stats"), InstanceMethod<&ViewerPacer::close>("close")});
  }
  explicit ViewerPacer(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ViewerPacer>(info) {
    if (info.Length() < 2 || !info[0].IsObject() || !info[1].IsFunction()) {
      expected(info.Env(), "an object and a function", "options and onPackets");
      return;
    }
    const auto options = feimu::addon::viewerOptions(info[0].As<Napi::Object>());
    if (options.fps == 0 || options.maxKbps == 0) {
      expected(info.Env(), "more than 0", "fps and kbps");
      return;
    }
    delivery_ = std::make_unique<feimu::addon::PacketDelivery>(info.Env(), info[1].As<Napi::Function>());
    pacer_ = std::make_unique<feimu::ViewerPacer>(
        options, [delivery = delivery_.get()](std::uint32_t viewer, feimu::ViewerPacer::Packets&& packets) { delivery->deliver(viewer, std::move(packets)); });
  }
  ~ViewerPacer() override { end(); }

 private:
  void add(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsNumber()) return expected(info.Env(), "a number", "viewer");
    if (pacer_) pacer_->add(info[0].As<Napi::Number>().Uint32Value());
  }
  void remove(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsNumber()) return expected(info.Env(), "a number", "viewer");
    if (pacer_) pacer_->remove(info[0].As<Napi::Number>().Uint32Value());
  }
  void rtcp(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsBuffer()) return expected(info.Env(), "a number and a Buffer", "viewer and rtcp");
    const auto bytes = info[1].As<Napi::Buffer<std::uint8_t>>();
    if (pacer_) pacer_->onRtcp(info[0].As<Napi::Number>().Uint32Value(), {bytes.Data(), bytes.Data() + bytes.Length()});
  }
  /// push(accessUnit: Buffer, key: boolean)
  void push(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[0].IsBuffer() || !info[1].IsBoolean()) return expected(info.Env(), "a Buffer and a boolean", "accessUnit and key");
    const auto bytes = info[0].As<Napi::Buffer<std::uint8_t>>();
    auto frame = std::make_shared<feimu::EncodedFrame>();
    frame->data.assign(bytes.Data(), bytes.Data() + bytes.Length());
    frame->number = ++number_;
    frame->captureUs = feimu::nowUs();
    frame->timestamp = static_cast<std::uint32_t>(frame->captureUs * 9 / 100);
    frame->key = info[1].As<Napi::Boolean>();
    if (pacer_) pacer_->push(frame);
  }
  Napi::Value stats(const Napi::CallbackInfo& info) {
    return feimu::addon::fromStats(info.Env(), pacer_ ? pacer_->stats() : std::vector<feimu::ViewerPacer::Stats>{});
  }
  void close(const Napi::CallbackInfo&) { end(); }
  void end() {
    pacer_.reset();  // joins the thread that uses delivery_
    if (delivery_) delivery_->release();
    delivery_.reset();
  }
  std::unique_ptr<feimu::addon::PacketDelivery> delivery_;
  std::unique_ptr<feimu::ViewerPacer> pacer_;
  std::int64_t number_ = 0;
};

/// encodePhone({width, height, fps, kbps, frames, noiseBlocks}): {data: Buffer, key: boolean}[]
Napi::Value encodePhone(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) {
    expected(env, "an object", "options");
    return env.Undefined();
  }
  const auto object = info[0].As<Napi::Object>();
  const feimu::PhoneClip clip{count(object, "width", 0), count(object, "height", 0), count(object, "fps", 30), count(object, "kbps", 4'000),
                              count(object, "frames", 0), count(object, "noiseBlocks", 0)};
  const auto frames = feimu::encodePhone(clip);
  auto list = Napi::Array::New(env, frames.size());
  for (std::uint32_t i = 0; i < frames.size(); i++) {
    auto one = Napi::Object::New(env);
    one.Set("data", Napi::Buffer<std::uint8_t>::Copy(env, frames[i].data.data(), frames[i].data.size()));
    one.Set("key", Napi::Boolean::New(env, frames[i].key));
    list.Set(i, one);
  }
  return list;
}

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

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Media", Media::define(env));
  exports.Set("PhoneSender", PhoneSender::define(env));
  exports.Set("ViewerPacer", ViewerPacer::define(env));
  exports.Set("encodePhone", Napi::Function::New(env, encodePhone, "encodePhone"));
  exports.Set("paintPhone", Napi::Function::New(env, paintPhone, "paintPhone"));
  return exports;
}

}  // namespace

NODE_API_MODULE(media, initialise)
