#include "scanner.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "scan/lexicon.h"
#include "scan/repeat-window.h"
#include "scan/split-window.h"
#include "text-reader.h"
#include "values.h"

namespace feimu::addon {

namespace {

using scan::Lexicon;
using scan::WordBook;

/// Numbers that a hit has in what scan() returns.
constexpr std::size_t kHitNumbers = 7;
/// The number of an entry of what was added, not of the file; of the compiled list of the operator's own.
constexpr std::uint32_t kAdded = 1U << 31;
constexpr std::uint32_t kOwn = 1U << 30;
/// Rooms whose last comments are remembered; with one more all are forgotten.
constexpr std::size_t kMaxRooms = 64;

std::u16string unitsOf(const Napi::Value& value) { return value.IsString() ? value.As<Napi::String>().Utf16Value() : u""; }

/// {list, category, severity, kind, words} each; undefined when something else is among them.
std::optional<std::vector<scan::WordGroup>> groupsOf(const Napi::Value& value) {
  if (!value.IsArray()) return std::nullopt;
  const auto array = value.As<Napi::Array>();
  std::vector<scan::WordGroup> groups;
  for (std::uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value one = array.Get(i);
    if (!one.IsObject()) return std::nullopt;
    const auto object = one.As<Napi::Object>();
    const auto severity = count(object, "severity", 1);
    groups.push_back({unitsOf(object.Get("words")), static_cast<std::uint16_t>(count(object, "list", 0)),
                      static_cast<std::uint8_t>(count(object, "category", 0)),
                      static_cast<std::uint8_t>(std::clamp(severity, 1U, 3U)),
                      boolean(object, "allowed", false) ? scan::WordKind::allowed : scan::WordKind::word,
                      boolean(object, "inside", false)});
  }
  return groups;
}

Napi::Array arrayOf(Napi::Env env, const std::vector<std::u16string>& texts) {
  auto array = Napi::Array::New(env, texts.size());
  for (std::uint32_t i = 0; i < texts.size(); i++) array.Set(i, Napi::String::New(env, texts[i]));
  return array;
}

/// A list compiled into a file and mapped; kept in memory where nothing can be written, or without a path.
struct Compiled {
  std::shared_ptr<const Lexicon> lexicon;
  std::vector<std::u16string> refused;

  static Compiled of(std::span<const scan::WordGroup> groups, std::uint64_t stamp, const std::string& path) {
    auto built = Lexicon::build(groups, stamp);
    Compiled made{nullptr, std::move(built.refused)};
    if (!path.empty() && scan::writeAtomically(path, built.bytes)) made.lexicon = Lexicon::open(path).lexicon;
    if (!made.lexicon) made.lexicon = Lexicon::of(std::move(built.bytes)).lexicon;
    return made;
  }
};

/// Compiles on a thread of the pool, and gives the list back on JavaScript's.
class CompileWorker : public Napi::AsyncWorker {
 public:
  using Done = std::function<void(std::shared_ptr<const Lexicon>)>;
  /// `owner` stays until `done` was called.
  CompileWorker(Napi::Object owner, std::vector<scan::WordGroup> groups, std::uint64_t stamp, std::string path, Done done)
      : Napi::AsyncWorker(owner.Env()),
        owner_(Napi::Persistent(owner)),
        deferred_(owner.Env()),
        groups_(std::move(groups)),
        stamp_(stamp),
        path_(std::move(path)),
        done_(std::move(done)) {}
  [[nodiscard]] Napi::Value promise() const { return deferred_.Promise(); }

 private:
  void Execute() override { made_ = Compiled::of(groups_, stamp_, path_); }
  void OnOK() override {
    done_(std::move(made_.lexicon));
    deferred_.Resolve(arrayOf(Env(), made_.refused));
  }

  Napi::ObjectReference owner_;
  Napi::Promise::Deferred deferred_;
  std::vector<scan::WordGroup> groups_;
  std::uint64_t stamp_;
  std::string path_;
  Done done_;
  Compiled made_;
};

class Scanner : public Napi::ObjectWrap<Scanner> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Scanner",
                       {StaticMethod<&Scanner::build>("build"), InstanceMethod<&Scanner::open>("open"),
                        InstanceMethod<&Scanner::setAdded>("setAdded"), InstanceMethod<&Scanner::openOwn>("openOwn"),
                        InstanceMethod<&Scanner::compileOwn>("compileOwn"), InstanceMethod<&Scanner::dropOwn>("dropOwn"),
                        InstanceMethod<&Scanner::setRemoved>("setRemoved"),
                        InstanceMethod<&Scanner::scan>("scan"), InstanceMethod<&Scanner::word>("word"),
                        InstanceMethod<&Scanner::normalise>("normalise"),
                        InstanceMethod<&Scanner::repeat>("repeat"), InstanceMethod<&Scanner::joined>("joined")});
  }

  explicit Scanner(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Scanner>(info) {}

 private:
  /// build(path: string, groups: WordGroup[], stamp: bigint): {words, bytes, refused}
  static Napi::Value build(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto groups = info.Length() == 3 ? groupsOf(info[1]) : std::nullopt;
    if (!groups || !info[0].IsString() || !info[2].IsBigInt()) {
      expected(env, "a path, groups of words and a stamp", "build");
      return env.Undefined();
    }
    bool lossless = false;
    const auto built = Lexicon::build(*groups, info[2].As<Napi::BigInt>().Uint64Value(&lossless));
    const std::string path = info[0].As<Napi::String>();
    if (!scan::writeAtomically(path, built.bytes)) {
      fail(env, "LEXICON_NOT_WRITTEN", path + ": " + std::strerror(errno));
      return env.Undefined();
    }
    auto result = Napi::Object::New(env);
    set(result, "words", built.words);
    set(result, "bytes", static_cast<double>(built.bytes.size()));
    result.Set("refused", arrayOf(env, built.refused));
    return result;
  }

  /// open(path: string): {entries, bytes, stamp}. On an error what was there before stays.
  Napi::Value open(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 1 || !info[0].IsString()) {
      expected(env, "a string", "path");
      return env.Undefined();
    }
    const std::string path = info[0].As<Napi::String>();
    auto [lexicon, problem] = Lexicon::open(path);
    if (!lexicon) {
      fail(env, "LEXICON_UNREADABLE", path + " " + scan::describe(problem));
      return env.Undefined();
    }
    book_.base = std::move(lexicon);
    book_.removed.clear();
    auto result = Napi::Object::New(env);
    set(result, "entries", static_cast<double>(book_.base->size()));
    set(result, "bytes", static_cast<double>(book_.base->bytes()));
    result.Set("stamp", Napi::BigInt::New(env, book_.base->stamp()));
    return result;
  }

  /// setAdded(groups: WordGroup[]): all words that are not in the file; returns those that are refused.
  Napi::Value setAdded(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto groups = info.Length() == 1 ? groupsOf(info[0]) : std::nullopt;
    if (!groups) {
      expected(env, "groups of words", "setAdded");
      return env.Undefined();
    }
    auto built = Lexicon::build(*groups, 0);
    book_.added = Lexicon::of(std::move(built.bytes)).lexicon;
    return arrayOf(env, built.refused);
  }

  /// openOwn(path: string, stamp: bigint): whether the file is that of a list with this stamp; it is the own list then.
  Napi::Value openOwn(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 2 || !info[0].IsString() || !info[1].IsBigInt()) {
      expected(env, "a path and a stamp", "openOwn");
      return env.Undefined();
    }
    bool lossless = false;
    auto lexicon = Lexicon::open(info[0].As<Napi::String>()).lexicon;
    const bool same = lexicon && lexicon->stamp() == info[1].As<Napi::BigInt>().Uint64Value(&lossless);
    if (same) setOwn(std::move(lexicon));
    return Napi::Boolean::New(env, same);
  }

  /// compileOwn(path: string, groups: WordGroup[], stamp: bigint, wait: boolean): the own list, from the moment on when it is compiled. Returns
  /// those that are refused; without `wait` it is done on another thread and a promise of them is returned. path "": no file is written.
  Napi::Value compileOwn(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    auto groups = info.Length() == 4 ? groupsOf(info[1]) : std::nullopt;
    if (!groups || !info[0].IsString() || !info[2].IsBigInt() || !info[3].IsBoolean()) {
      expected(env, "a path, groups of words, a stamp and whether to wait", "compileOwn");
      return env.Undefined();
    }
    bool lossless = false;
    const std::string path = info[0].As<Napi::String>();
    const std::uint64_t stamp = info[2].As<Napi::BigInt>().Uint64Value(&lossless);
    if (info[3].As<Napi::Boolean>().Value()) {
      auto made = Compiled::of(*groups, stamp, path);
      setOwn(std::move(made.lexicon));
      return arrayOf(env, made.refused);
    }
    auto* worker = new CompileWorker(info.This().As<Napi::Object>(), std::move(*groups), stamp, path,
                                     [this](auto lexicon) { setOwn(std::move(lexicon)); });
    const Napi::Value promise = worker->promise();
    worker->Queue();
    return promise;
  }

  /// dropOwn(): there is no own list but what is added.
  Napi::Value dropOwn(const Napi::CallbackInfo& info) {
    setOwn(nullptr);
    return info.Env().Undefined();
  }

  void setOwn(std::shared_ptr<const Lexicon> lexicon) {
    book_.own = std::move(lexicon);
    book_.removedOwn.clear();
  }

  /// setRemoved(words: string[]): of the own list's words, as they stand there; returns how many entries that are.
  Napi::Value setRemoved(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 1 || !info[0].IsArray()) {
      expected(env, "an array of strings", "words");
      return env.Undefined();
    }
    const auto array = info[0].As<Napi::Array>();
    std::unordered_set<std::u16string> words;
    for (std::uint32_t i = 0; i < array.Length(); i++) words.insert(unitsOf(array.Get(i)));
    double removed = 0;
    const std::size_t size = book_.own && !words.empty() ? book_.own->size() : 0;
    book_.removedOwn.assign((size + 63) / 64, 0);
    for (std::uint32_t i = 0; i < size; i++) {
      if (!words.contains(std::u16string(book_.own->text(i)))) continue;
      book_.removedOwn[i / 64] |= std::uint64_t{1} << (i % 64);
      removed++;
    }
    return Napi::Number::New(env, removed);
  }

  /// scan(text: string, out: Uint32Array): how many hits there are; of each that `out` has room for its kHitNumbers are written: entry, start,
  /// end, category, severity, list, form.
  Napi::Value scan(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 2 || !info[0].IsString() || !info[1].IsTypedArray() ||
        info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
      expected(env, "a text and a Uint32Array", "scan");
      return env.Undefined();
    }
    TextReader& reader = TextReader::of(env);
    reader.read(info[0]);
    book_.find(reader.match(), reader.sound(), found_);
    if (found_.empty()) return Napi::Number::New(env, 0);
    auto numbers = info[1].As<Napi::Uint32Array>();
    std::uint32_t* out = numbers.Data();
    for (const auto& [lexicon, hit] : std::span(found_).first(std::min(found_.size(), numbers.ElementLength() / kHitNumbers))) {
      const auto& entry = lexicon->entry(hit.entry);
      *out++ = hit.entry | (lexicon == book_.added.get() ? kAdded : lexicon == book_.own.get() ? kOwn : 0);
      *out++ = hit.start;
      *out++ = hit.end;
      *out++ = entry.category;
      *out++ = entry.severity;
      *out++ = entry.list;
      *out++ = static_cast<std::uint32_t>(entry.form);
    }
    return Napi::Number::New(env, static_cast<double>(found_.size()));
  }

  /// word(entry: number): as it stands in its list.
  Napi::Value word(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const std::uint32_t number = info.Length() == 1 && info[0].IsNumber() ? info[0].As<Napi::Number>().Uint32Value() : ~0U;
    const Lexicon* lexicon = (number & kAdded ? book_.added : number & kOwn ? book_.own : book_.base).get();
    if (!lexicon || (number & ~(kAdded | kOwn)) >= lexicon->size()) {
      expected(env, "the number of an entry", "entry");
      return env.Undefined();
    }
    const std::u16string_view text = lexicon->text(number & ~(kAdded | kOwn));
    return Napi::String::New(env, text.data(), text.size());
  }

  /// normalise(text: string): what is matched of it.
  Napi::Value normalise(const Napi::CallbackInfo& info) {
    if (info.Length() != 1 || !info[0].IsString()) {
      expected(info.Env(), "a string", "text");
      return info.Env().Undefined();
    }
    TextReader& reader = TextReader::of(info.Env());
    reader.read(info[0]);
    const std::u16string_view match = reader.match().text();
    return Napi::String::New(info.Env(), match.data(), match.size());
  }

  /// repeat(room: string, text: string, nowMs: number, windowMs: number, out: Float64Array): writes first, place, count and entries of
  /// RepeatWindow::Taken.
  Napi::Value repeat(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 5 || !info[0].IsString() || !info[1].IsString() || !info[2].IsNumber() || !info[3].IsNumber() ||
        !info[4].IsTypedArray() || info[4].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
        info[4].As<Napi::TypedArray>().ElementLength() != 4) {
      expected(env, "a room, a text, two times and a Float64Array of 4", "repeat");
      return env.Undefined();
    }
    const std::string room = info[0].As<Napi::String>();
    if (rooms_.size() >= kMaxRooms && !rooms_.contains(room)) rooms_.clear();
    TextReader& reader = TextReader::of(env);
    reader.read(info[1]);
    const auto taken = rooms_[room].take(reader.match(), reader.text(), info[2].As<Napi::Number>().Int64Value(),
                                         info[3].As<Napi::Number>().Int64Value());
    double* out = info[4].As<Napi::Float64Array>().Data();
    out[0] = static_cast<double>(taken.first);
    out[1] = taken.place;
    out[2] = taken.count;
    out[3] = taken.entries;
    return env.Undefined();
  }

  /// joined(room: string, author: string, id: string, text: string, atMs: number, every: boolean): of SplitWindow::take,
  /// {kind, text, starts, ids} each; undefined when there is none.
  Napi::Value joined(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    if (info.Length() != 6 || !info[0].IsString() || !info[1].IsString() || !info[2].IsString() || !info[3].IsString() ||
        !info[4].IsNumber() || !info[5].IsBoolean()) {
      expected(env, "a room, an author, an id, a text, a time and whether all is wanted", "joined");
      return env.Undefined();
    }
    TextReader& reader = TextReader::of(env);
    reader.read(info[3]);
    const std::u16string room = unitsOf(info[0]), author = unitsOf(info[1]), id = unitsOf(info[2]);
    const auto& found = split_.take({room, author, id, reader.match().text(), info[4].As<Napi::Number>().DoubleValue()}, book_,
                                    info[5].As<Napi::Boolean>().Value());
    if (found.empty()) return env.Undefined();
    auto result = Napi::Array::New(env, found.size());
    for (std::uint32_t i = 0; i < found.size(); i++) {
      auto one = Napi::Object::New(env);
      set(one, "kind", static_cast<double>(found[i].kind));
      one.Set("text", Napi::String::New(env, found[i].text));
      auto starts = Napi::Array::New(env, found[i].starts.size());
      for (std::uint32_t at = 0; at < found[i].starts.size(); at++) starts.Set(at, Napi::Number::New(env, found[i].starts[at]));
      one.Set("starts", starts);
      auto ids = Napi::Array::New(env, found[i].ids.size());
      for (std::uint32_t at = 0; at < found[i].ids.size(); at++) ids.Set(at, Napi::String::New(env, found[i].ids[at]));
      one.Set("ids", ids);
      result.Set(i, one);
    }
    return result;
  }

  WordBook book_;
  std::vector<WordBook::Found> found_;
  std::unordered_map<std::string, scan::RepeatWindow> rooms_;
  scan::SplitWindow split_;
};

}  // namespace

void exportScanner(Napi::Env env, Napi::Object exports) { exports.Set("Scanner", Scanner::define(env)); }

}  // namespace feimu::addon
