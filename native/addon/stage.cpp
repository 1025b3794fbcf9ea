// The door from JavaScript to the stage: checks, copies, calls.
#include <algorithm>
#include <memory>
#include <utility>

#include "addon/values.h"
#include "stage/stage-bench.h"
#include "stage/stage.h"

namespace {

using feimu::stage::Card;
using feimu::stage::CardLayer;
using feimu::stage::CommentSpec;
using feimu::stage::DanmakuSettings;
using feimu::stage::IdleContent;
using feimu::stage::Mode;
using feimu::stage::Picture;
using feimu::stage::Presented;
using feimu::stage::QrCode;
using feimu::stage::Rect;
using feimu::stage::Stage;
using feimu::stage::StageError;
using feimu::stage::StageOptions;
using feimu::stage::StagePicture;
using feimu::stage::StageStatus;

using feimu::addon::boolean;
using feimu::addon::count;
using feimu::addon::expected;
using feimu::addon::number;
using feimu::addon::text;

void fail(Napi::Env env, const StageError& error) { feimu::addon::fail(env, error.code, error.message); }

Napi::Buffer<std::uint8_t> copy(Napi::Env env, const std::vector<std::uint8_t>& bytes) {
  return Napi::Buffer<std::uint8_t>::Copy(env, bytes.data(), bytes.size());
}

Napi::Object fromPicture(Napi::Env env, const StagePicture& picture) {
  auto out = Napi::Object::New(env);
  feimu::addon::set(out, "width", picture.width);
  feimu::addon::set(out, "height", picture.height);
  feimu::addon::set(out, "presentedUs", static_cast<double>(picture.presentedUs));
  out.Set("rgba", copy(env, picture.rgba));
  return out;
}

Napi::Object fromPresented(Napi::Env env, const Presented& shown) {
  auto out = Napi::Object::New(env);
  const auto set = [&](const char* name, std::int64_t us) { feimu::addon::set(out, name, static_cast<double>(us)); };
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

class StageDoor : public Napi::ObjectWrap<StageDoor> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Stage",
        {InstanceMethod<&StageDoor::addComment>("addComment"), InstanceMethod<&StageDoor::setCount>("setCount"),
         InstanceMethod<&StageDoor::retractComment>("retractComment"),
         InstanceMethod<&StageDoor::retractAuthor>("retractAuthor"), InstanceMethod<&StageDoor::clearComments>("clearComments"),
         InstanceMethod<&StageDoor::cover>("cover"),
         InstanceMethod<&StageDoor::configure>("configure"), InstanceMethod<&StageDoor::setIdle>("setIdle"),
         InstanceMethod<&StageDoor::setCards>("setCards"),
         InstanceMethod<&StageDoor::setPicture>("setPicture"),
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
    options.displayDescriptor = static_cast<int>(number(object, "displayDescriptor", -1));
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
    comment.rank = static_cast<feimu::stage::Rank>(count(object, "rank", 3) & 3);
    stage_->addComment(std::move(comment));
  }
  void setCount(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber()) {
      return expected(info.Env(), "a string and a number", "id and count");
    }
    if (stage_) stage_->setCount(info[0].As<Napi::String>(), info[1].As<Napi::Number>().Uint32Value());
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

  void cover(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsBoolean()) return expected(info.Env(), "true or false", "covered");
    if (stage_) stage_->cover(info[0].As<Napi::Boolean>());
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
    settings.depth = count(object, "depth", settings.depth);
    if (!(settings.speed > 0)) return expected(info.Env(), "more than 0", "settings.speed");
    if (stage_) stage_->configure(settings);
  }

  /// False with an exception when the object's modules are not as many as its size says.
  static bool code(const Napi::Object& object, QrCode& into) {
    into.size = count(object, "qrSize", 0);
    if (object.Get("qrModules").IsBuffer()) {
      const auto modules = object.Get("qrModules").As<Napi::Buffer<std::uint8_t>>();
      into.modules.assign(modules.Data(), modules.Data() + modules.Length());
    }
    if (into.size <= 177 && into.modules.size() == std::size_t{into.size} * into.size) return true;
    expected(object.Env(), "qrSize * qrSize bytes", "qrModules");
    return false;
  }

  static std::vector<std::string> texts(const Napi::Object& object, const char* name) {
    std::vector<std::string> all;
    if (!object.Get(name).IsArray()) return all;
    const auto array = object.Get(name).As<Napi::Array>();
    for (std::uint32_t i = 0; i < array.Length(); i++) {
      if (array.Get(i).IsString()) all.push_back(array.Get(i).As<Napi::String>());
    }
    return all;
  }

  /// setPicture(slot, { width, height, delaysMs, rgba })
  void setPicture(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsObject()) return expected(info.Env(), "a slot and an object", "picture");
    const auto object = info[1].As<Napi::Object>();
    Picture picture;
    picture.width = count(object, "width", 0);
    picture.height = count(object, "height", 0);
    if (object.Get("delaysMs").IsArray()) {
      const auto delays = object.Get("delaysMs").As<Napi::Array>();
      for (std::uint32_t i = 0; i < delays.Length(); i++) {
        const Napi::Value delay = delays.Get(i);
        picture.delaysMs.push_back(delay.IsNumber() ? delay.As<Napi::Number>().Uint32Value() : 0);
      }
    }
    if (object.Get("rgba").IsBuffer()) {
      const auto rgba = object.Get("rgba").As<Napi::Buffer<std::uint8_t>>();
      picture.rgba.assign(rgba.Data(), rgba.Data() + rgba.Length());
    }
    const std::size_t frame = std::size_t{picture.width} * picture.height * 4;
    if (picture.width == 0 || picture.height == 0 || picture.width > 1024 || picture.height > 1024 || picture.delaysMs.empty() ||
        picture.rgba.size() != frame * picture.delaysMs.size()) {
      return expected(info.Env(), "width * height * 4 bytes a frame, 1024 a side at most", "picture.rgba");
    }
    if (stage_) stage_->setPicture(info[0].As<Napi::Number>().Uint32Value(), std::move(picture));
  }

  /// setCards([{ place, colour, title, words, size, left, qrSize, qrModules, overPicture }])
  void setCards(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsArray()) return expected(info.Env(), "an array", "cards");
    const auto given = info[0].As<Napi::Array>();
    std::vector<Card> cards;
    for (std::uint32_t i = 0; i < std::min(given.Length(), CardLayer::maxCards); i++) {
      if (!given.Get(i).IsObject()) return expected(info.Env(), "an object", "a card");
      const auto object = given.Get(i).As<Napi::Object>();
      Card card;
      card.place = static_cast<Card::Place>(count(object, "place", 0) & 3);
      card.colour = count(object, "colour", 0) & 0xFFFFFF;
      card.title = text(object, "title");
      card.words = texts(object, "words");
      card.size = number(object, "size", 1);
      card.left = number(object, "left", -1);
      card.overPicture = boolean(object, "overPicture", false);
      if (!code(object, card.code)) return;
      cards.push_back(std::move(card));
    }
    if (stage_) stage_->setCards(std::move(cards));
  }

  void setIdle(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsObject()) return expected(info.Env(), "an object", "content");
    const auto object = info[0].As<Napi::Object>();
    IdleContent content;
    content.name = text(object, "name");
    content.address = text(object, "address");
    content.pin = text(object, "pin");
    content.lines = texts(object, "lines");
    if (!code(object, content.code)) return;
    if (stage_) stage_->setIdle(std::move(content));
  }

  /// snapshot(done: (picture) => void)
  void snapshot(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !info[0].IsFunction()) return expected(info.Env(), "a function", "done");
    if (!stage_) return;
    const auto function = Napi::ThreadSafeFunction::New(info.Env(), info[0].As<Napi::Function>(), "snapshot", 0, 1);
    stage_->snapshot([function](StagePicture&& picture) mutable {
      feimu::addon::deliver(function, std::move(picture), fromPicture);
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
      feimu::addon::deliver(function, std::move(shown), fromPresented);
    });
  }

  Napi::Value status(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const StageStatus status = stage_ ? stage_->status() : StageStatus{};
    auto out = Napi::Object::New(env);
    const auto set = [&](const char* name, double value) { feimu::addon::set(out, name, value); };
    set("fps", status.fps);
    set("flips", static_cast<double>(status.flips));
    set("turns", static_cast<double>(status.turns));
    set("missedFlips", static_cast<double>(status.missedFlips));
    set("videoFrames", static_cast<double>(status.videoFrames));
    set("commentsOnScreen", status.commentsOnScreen);
    set("commentsDropped", static_cast<double>(status.commentsDropped));
    set("depth", status.depth);
    set("composeP95Ms", status.composeP95Ms);
    out.Set("imported", Napi::Boolean::New(env, status.imported));
    out.Set("idle", Napi::Boolean::New(env, status.idle));
    out.Set("covered", Napi::Boolean::New(env, status.covered));
    out.Set("renderer", status.renderer);
    out.Set("backend", status.backend);
    out.Set("connector", status.connector);
    set("width", status.width);
    set("height", status.height);
    set("refreshHz", status.refreshHz);
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
  feimu::addon::set(out, "clearMs", cost.clearMs);
  feimu::addon::set(out, "danmakuMs", cost.danmakuMs);
  feimu::addon::set(out, "wholeMs", cost.wholeMs);
  feimu::addon::set(out, "comments", cost.comments);
  feimu::addon::set(out, "stillWholeMs", cost.stillWholeMs);
  feimu::addon::set(out, "stillPartsMs", cost.stillPartsMs);
  feimu::addon::set(out, "atOnceMs", cost.atOnceMs);
  feimu::addon::set(out, "aheadMs", cost.aheadMs);
  return out;
}

/// measureBurst(width, height, comments): BurstCost. Blocks until it is done.
Napi::Value measureBurst(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[2].IsArray()) {
    expected(env, "width, height and an array", "comments");
    return env.Undefined();
  }
  const auto list = info[2].As<Napi::Array>();
  std::vector<feimu::stage::BurstComment> comments;
  for (std::uint32_t at = 0; at < list.Length(); at++) {
    const auto object = list.Get(at).As<Napi::Object>();
    auto& comment = comments.emplace_back();
    comment.spec.id = text(object, "id");
    comment.spec.text = text(object, "text");
    comment.spec.rank = static_cast<feimu::stage::Rank>(count(object, "rank", 3) & 3);
    comment.atUs = count(object, "atUs", 0);
  }
  feimu::stage::BurstResult result;
  StageError error;
  if (!feimu::stage::measureBurst(info[0].ToNumber().Uint32Value(), info[1].ToNumber().Uint32Value(), std::move(comments),
                                  result, error)) {
    fail(env, error);
    return env.Undefined();
  }
  auto paid = Napi::Array::New(env, result.paidMs.size());
  for (std::uint32_t at = 0; at < result.paidMs.size(); at++) paid.Set(at, result.paidMs[at]);
  auto out = Napi::Object::New(env);
  out.Set("paidMs", paid);
  feimu::addon::set(out, "paidMissing", result.paidMissing);
  feimu::addon::set(out, "chats", result.chats);
  return out;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Stage", StageDoor::define(env));
  exports.Set("measure", Napi::Function::New(env, measure, "measure"));
  exports.Set("measureBurst", Napi::Function::New(env, measureBurst, "measureBurst"));
  return exports;
}

}  // namespace

NODE_API_MODULE(stage, initialise)
