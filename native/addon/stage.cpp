// The door from JavaScript to the stage: checks, copies, calls.
#include <napi.h>

#include <memory>
#include <utility>

#include "stage/stage-bench.h"
#include "stage/stage.h"

namespace {

using feimu::stage::CommentSpec;
using feimu::stage::DanmakuSettings;
using feimu::stage::IdleContent;
using feimu::stage::Mode;
using feimu::stage::Presented;
using feimu::stage::Rect;
using feimu::stage::Stage;
using feimu::stage::StageError;
using feimu::stage::StageOptions;
using feimu::stage::StagePicture;
using feimu::stage::StageStatus;

/// Throws "Expected …" in JavaScript; the caller returns at once.
void expected(Napi::Env env, const std::string& what, const std::string& name) {
  Napi::TypeError::New(env, "Expected " + what + " for " + name).ThrowAsJavaScriptException();
}

void fail(Napi::Env env, const StageError& error) {
  auto thrown = Napi::Error::New(env, error.message);
  thrown.Set("code", Napi::String::New(env, error.code));
  thrown.ThrowAsJavaScriptException();
}

std::string text(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
}

double number(const Napi::Object& object, const char* name, double fallback) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : fallback;
}

bool boolean(const Napi::Object& object, const char* name, bool fallback) {
  const Napi::Value value = object.Get(name);
  return value.IsBoolean() ? value.As<Napi::Boolean>().Value() : fallback;
}

std::uint32_t count(const Napi::Object& object, const char* name, std::uint32_t fallback) {
  const double value = number(object, name, fallback);
  return value >= 0 && value < 4294967296.0 ? static_cast<std::uint32_t>(value) : fallback;
}

Napi::Buffer<std::uint8_t> copy(Napi::Env env, const std::vector<std::uint8_t>& bytes) {
  return Napi::Buffer<std::uint8_t>::Copy(env, bytes.data(), bytes.size());
}

Napi::Object fromPicture(Napi::Env env, const StagePicture& picture) {
  auto out = Napi::Object::New(env);
  out.Set("width", Napi::Number::New(env, picture.width));
  out.Set("height", Napi::Number::New(env, picture.height));
  out.Set("presentedUs", Napi::Number::New(env, static_cast<double>(picture.presentedUs)));
  out.Set("rgba", copy(env, picture.rgba));
  return out;
}

Napi::Object fromPresented(Napi::Env env, const Presented& shown) {
  auto out = Napi::Object::New(env);
  const auto set = [&](const char* name, std::int64_t us) { out.Set(name, Napi::Number::New(env, static_cast<double>(us))); };
  set("receivedUs", shown.video.receivedUs);
  set("decodedUs", shown.video.decodedUs);
  set("composeUs", shown.composeUs);
  set("doneUs", shown.doneUs);
  set("presentedUs", shown.presentedUs);
  set("sequence", static_cast<std::int64_t>(shown.video.sequence));
  set("comments", shown.comments);
  out.Set("rgba", copy(env, shown.rgba));
  return out;
}

/// Calls `function` with what `make` gives, on JavaScript's thread. Any thread.
template <typename Value>
void deliver(const Napi::ThreadSafeFunction& function, Value&& value, Napi::Object (*make)(Napi::Env, const Value&)) {
  auto* moved = new Value(std::forward<Value>(value));
  const auto call = [make](Napi::Env env, Napi::Function callback, Value* taken) {
    const std::unique_ptr<Value> owned(taken);
    if (env == nullptr) return;  // teardown
    callback.Call({make(env, *owned)});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  };
  if (function.NonBlockingCall(moved, call) != napi_ok) delete moved;
}

class StageDoor : public Napi::ObjectWrap<StageDoor> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Stage",
        {InstanceMethod<&StageDoor::addComment>("addComment"), InstanceMethod<&StageDoor::retractComment>("retractComment"),
         InstanceMethod<&StageDoor::retractAuthor>("retractAuthor"), InstanceMethod<&StageDoor::clearComments>("clearComments"),
         InstanceMethod<&StageDoor::configure>("configure"), InstanceMethod<&StageDoor::setIdle>("setIdle"),
         InstanceMethod<&StageDoor::snapshot>("snapshot"), InstanceMethod<&StageDoor::observe>("observe"),
         InstanceMethod<&StageDoor::status>("status"), InstanceMethod<&StageDoor::close>("close")});
  }

  explicit StageDoor(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StageDoor>(info) { open(info); }
  ~StageDoor() override { end(); }

 private:
  void open(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 1 || !info[0].IsObject()) return expected(env, "an object", "options");
    const auto object = info[0].As<Napi::Object>();
    StageOptions options;
    options.width = count(object, "width", 0);
    options.height = count(object, "height", 0);
    options.refreshHz = number(object, "refreshHz", 0);
    options.videoSocket = text(object, "videoSocket");
    options.composedSocket = text(object, "composedSocket");
    if (options.width < 64 || options.height < 64 || options.width > 4096 || options.height > 4096 || options.width % 2 ||
        options.height % 2) {
      return expected(env, "even numbers from 64 to 4096", "options.width and options.height");
    }
    if (!(options.refreshHz >= 1 && options.refreshHz <= 240)) return expected(env, "1 to 240", "options.refreshHz");
    if (options.videoSocket.empty()) return expected(env, "a path", "options.videoSocket");
    StageError error;
    stage_ = Stage::start(options, error);
    if (stage_) return;
    fail(env, error);
  }

  void addComment(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsObject()) return expected(info.Env(), "an object", "comment");
    if (!stage_) return;
    const auto object = info[0].As<Napi::Object>();
    CommentSpec comment;
    comment.id = text(object, "id");
    comment.author = text(object, "author");
    comment.text = text(object, "text");
    comment.colour = count(object, "colour", 0xFFFFFF) & 0xFFFFFF;
    comment.mode = static_cast<Mode>(count(object, "mode", 0) & 3);
    comment.sizeScale = number(object, "sizeScale", 1);
    stage_->addComment(std::move(comment));
  }
  void retractComment(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsString()) return expected(info.Env(), "a string", "id");
    if (stage_) stage_->retractComment(info[0].As<Napi::String>());
  }
  void retractAuthor(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsString()) return expected(info.Env(), "a string", "author");
    if (stage_) stage_->retractAuthor(info[0].As<Napi::String>());
  }
  void clearComments(const Napi::CallbackInfo&) {
    if (stage_) stage_->clearComments();
  }

  void configure(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsObject()) return expected(info.Env(), "an object", "settings");
    const auto object = info[0].As<Napi::Object>();
    DanmakuSettings settings;
    settings.enabled = boolean(object, "enabled", settings.enabled);
    settings.opacity = number(object, "opacity", settings.opacity);
    settings.area = number(object, "area", settings.area);
    settings.speed = number(object, "speed", settings.speed);
    settings.fontPx = number(object, "fontPx", settings.fontPx);
    settings.outline = boolean(object, "outline", settings.outline);
    settings.maxOnScreen = count(object, "maxOnScreen", settings.maxOnScreen);
    if (!(settings.speed > 0)) return expected(info.Env(), "more than 0", "settings.speed");
    if (stage_) stage_->configure(settings);
  }

  void setIdle(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsObject()) return expected(info.Env(), "an object", "content");
    const auto object = info[0].As<Napi::Object>();
    IdleContent content;
    content.name = text(object, "name");
    content.address = text(object, "address");
    content.pin = text(object, "pin");
    if (object.Get("lines").IsArray()) {
      const auto lines = object.Get("lines").As<Napi::Array>();
      for (std::uint32_t i = 0; i < lines.Length(); i++) {
        if (lines.Get(i).IsString()) content.lines.push_back(lines.Get(i).As<Napi::String>());
      }
    }
    content.qrSize = count(object, "qrSize", 0);
    if (object.Get("qrModules").IsBuffer()) {
      const auto modules = object.Get("qrModules").As<Napi::Buffer<std::uint8_t>>();
      content.qrModules.assign(modules.Data(), modules.Data() + modules.Length());
    }
    if (content.qrSize > 177 || content.qrModules.size() != std::size_t{content.qrSize} * content.qrSize) {
      return expected(info.Env(), "qrSize * qrSize bytes", "content.qrModules");
    }
    if (stage_) stage_->setIdle(std::move(content));
  }

  /// snapshot(done: (picture) => void)
  void snapshot(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsFunction()) return expected(info.Env(), "a function", "done");
    if (!stage_) return;
    const auto function = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "snapshot", 0, 1);
    stage_->snapshot([function](StagePicture&& picture) mutable {
      deliver<StagePicture>(function, std::move(picture), fromPicture);
      function.Release();
    });
  }

  /// observe({ x, y, width, height }, onPresented)
  void observe(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[0].IsObject()) return expected(info.Env(), "an object", "rectangle");
    if (!info[1].IsFunction()) return expected(info.Env(), "a function", "onPresented");
    const auto object = info[0].As<Napi::Object>();
    const auto at = [&](const char* name) { return static_cast<std::int32_t>(count(object, name, 0) & 0xFFFF); };
    if (!stage_) return;
    if (observing_) observer_.Release();
    observer_ = Napi::ThreadSafeFunction::New(info.Env(), info[1].As<Napi::Function>(), "presented", 0, 1);
    observer_.Unref(info.Env());
    observing_ = true;
    stage_->observe({at("x"), at("y"), at("width"), at("height")}, [function = observer_](Presented&& shown) {
      deliver<Presented>(function, std::move(shown), fromPresented);
    });
  }

  Napi::Value status(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const StageStatus status = stage_ ? stage_->status() : StageStatus{};
    auto out = Napi::Object::New(env);
    const auto set = [&](const char* name, double value) { out.Set(name, Napi::Number::New(env, value)); };
    set("fps", status.fps);
    set("flips", static_cast<double>(status.flips));
    set("missedFlips", static_cast<double>(status.missedFlips));
    set("videoFrames", static_cast<double>(status.videoFrames));
    set("commentsOnScreen", status.commentsOnScreen);
    set("commentsDropped", static_cast<double>(status.commentsDropped));
    set("composeP95Ms", status.composeP95Ms);
    out.Set("idle", Napi::Boolean::New(env, status.idle));
    out.Set("renderer", status.renderer);
    return out;
  }

  void close(const Napi::CallbackInfo&) { end(); }

  void end() {
    stage_.reset();  // joins the thread that uses observer_
    if (observing_) observer_.Release();
    observing_ = false;
  }

  std::unique_ptr<Stage> stage_;
  Napi::ThreadSafeFunction observer_;
  bool observing_ = false;
};

/// measure({ width, height, comments, frames }): StageCost. Blocks until it is done.
Napi::Value measure(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) {
    expected(env, "an object", "options");
    return env.Undefined();
  }
  const auto object = info[0].As<Napi::Object>();
  feimu::stage::StageCost cost;
  StageError error;
  if (!feimu::stage::measureStage(count(object, "width", 1280), count(object, "height", 720),
                                  count(object, "comments", 0), count(object, "frames", 120), cost, error)) {
    fail(env, error);
    return env.Undefined();
  }
  auto out = Napi::Object::New(env);
  out.Set("clearMs", Napi::Number::New(env, cost.clearMs));
  out.Set("danmakuMs", Napi::Number::New(env, cost.danmakuMs));
  out.Set("wholeMs", Napi::Number::New(env, cost.wholeMs));
  out.Set("comments", Napi::Number::New(env, cost.comments));
  return out;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Stage", StageDoor::define(env));
  exports.Set("measure", Napi::Function::New(env, measure, "measure"));
  return exports;
}

}  // namespace

NODE_API_MODULE(stage, initialise)
