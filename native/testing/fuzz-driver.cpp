// A small coverage-guided fuzzer, for GCC has no libFuzzer.
//   NAME            for FEIMU_FUZZ_SECONDS (0.3) with the random seed FEIMU_FUZZ_SEED (1)
//   NAME FILE...    looks at these inputs only: to repeat a finding
// A finding ends the process with the input in NAME-SEED-EXECUTION.crash in the working directory. Libraries under test
// are compiled with -fsanitize-coverage=trace-pc; this file and the target are not.
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "testing/fuzz.h"

extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());
// UBSan's runtime does not call back when ASan's is there as well.
extern "C" const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t maxInputBytes = 2048;
constexpr std::size_t maxCorpus = 20'000;
constexpr std::size_t mapSlots = 1 << 14;
constexpr int hangSeconds = 10;

// Written by the code under test, read by signal handlers: one thread.
alignas(8) std::array<std::uint8_t, mapSlots> hits;
std::uintptr_t previousPlace = 0;
const std::uint8_t* input = nullptr;
std::size_t inputBytes = 0;
volatile bool running = false;  // and what is found shall be kept
volatile std::uint64_t executions = 0;
std::string program;
std::uint64_t seed = 1;
char crashFile[256];

/// Also from signal handlers, where printing is not safe by the book: the process ends here anyway.
void keepInput() {
  if (!running) return;
  running = false;
  std::snprintf(crashFile, sizeof crashFile, "%s-%llu-%llu.crash", program.c_str(), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(executions));
  const int file = ::open(crashFile, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool written = file >= 0 && ::write(file, input, inputBytes) == static_cast<ssize_t>(inputBytes);
  std::fprintf(stderr, "%s: seed %llu, execution %llu, %zu bytes %s %s\n", program.c_str(),
               static_cast<unsigned long long>(seed), static_cast<unsigned long long>(executions), inputBytes,
               written ? "are in" : "could not be written to", crashFile);
}

void onSignal(int signal) {
  keepInput();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void onTick(int) {
  static std::uint64_t seen = 0;
  static int ticks = 0;
  ticks = seen == executions ? ticks + 1 : 0;
  seen = executions;
  if (ticks < hangSeconds) return;
  std::fprintf(stderr, "no end after %d s\n", hangSeconds);
  keepInput();
  ::_exit(1);
}

void watch() {
  // Sanitizers bring their own handlers, which call back.
  if (__sanitizer_set_death_callback != nullptr) {
    __sanitizer_set_death_callback(keepInput);
    ::signal(SIGABRT, onSignal);
  } else {
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::signal(signal, onSignal);
  }
  std::atexit(keepInput);  // a CHECK
  ::signal(SIGALRM, onTick);
  const itimerval every{{1, 0}, {1, 0}};
  ::setitimer(ITIMER_REAL, &every, nullptr);
}

void run(const Bytes& bytes, bool keep = true) {
  // A copy of exact size, so that reading past its end is seen.
  const Bytes exact(bytes);
  input = exact.data();
  inputBytes = exact.size();
  running = keep;
  previousPlace = 0;
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  running = false;
  executions = executions + 1;
}

/// Whether the last run went where none was before, or more often (in powers of two) than any.
bool sawSomethingNew() {
  static std::array<std::uint8_t, mapSlots> known;
  bool fresh = false;
  for (std::size_t i = 0; i < mapSlots; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &hits[i], 8);
    if (eight == 0) continue;
    for (std::size_t j = i; j < i + 8; j++) {
      std::uint8_t bucket = 0;
      for (unsigned count = hits[j]; count > 0; count >>= 1) bucket = static_cast<std::uint8_t>(bucket << 1 | 1);
      if ((bucket & ~known[j]) != 0) {
        known[j] |= bucket;
        fresh = true;
      }
      hits[j] = 0;
    }
  }
  return fresh;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  Bytes from(const std::vector<Bytes>& corpus) {
    // The newest are where there is more to find.
    const std::size_t half = below(2) == 0 ? corpus.size() / 2 : 0;
    Bytes bytes = corpus[half + below(corpus.size() - half)];
    for (std::size_t i = 0, count = std::size_t{1} << below(5); i < count; i++) change(bytes, corpus);
    if (bytes.size() > maxInputBytes) bytes.resize(maxInputBytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  static Bytes::iterator at(Bytes& bytes, std::size_t offset) { return bytes.begin() + static_cast<std::ptrdiff_t>(offset); }

  void change(Bytes& bytes, const std::vector<Bytes>& corpus) {
    static constexpr std::array<std::uint8_t, 10> edges{0, 1, 2, 3, 4, 0x7f, 0x80, 0xfe, 0xff, 0x10};
    const std::size_t offset = bytes.empty() ? 0 : below(bytes.size());
    const std::size_t length = bytes.empty() ? 0 : 1 + below(std::min<std::size_t>(bytes.size() - offset, 64));
    switch (below(bytes.empty() ? 1 : 10)) {
      case 0: {
        const Bytes more(1 + below(16), static_cast<std::uint8_t>(random_()));
        bytes.insert(at(bytes, offset), more.begin(), more.end());
        break;
      }
      case 1: bytes[offset] ^= static_cast<std::uint8_t>(1 << below(8)); break;
      case 2: bytes[offset] = static_cast<std::uint8_t>(random_()); break;
      case 3: bytes[offset] = edges[below(edges.size())]; break;
      case 4: bytes[offset] = static_cast<std::uint8_t>(bytes[offset] + below(33) - 16); break;
      case 5: bytes.erase(at(bytes, offset), at(bytes, offset + length)); break;
      case 6: bytes.resize(offset); break;
      case 7: {
        const Bytes part(at(bytes, offset), at(bytes, offset + length));
        bytes.insert(at(bytes, below(bytes.size() + 1)), part.begin(), part.end());
        break;
      }
      case 8: {
        for (std::size_t i = offset; i < offset + std::min<std::size_t>(length, 4); i++) bytes[i] = edges[below(edges.size())];
        break;
      }
      default: {
        const Bytes& other = corpus[below(corpus.size())];
        if (other.empty()) break;
        bytes.resize(offset);
        bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(below(other.size())), other.end());
      }
    }
  }

  std::mt19937_64 random_;
};

double secondsFromEnvironment() {
  const char* text = std::getenv("FEIMU_FUZZ_SECONDS");
  return text != nullptr ? std::atof(text) : 0.3;
}

}  // namespace

extern "C" [[gnu::no_sanitize("address", "undefined", "thread")]] void __sanitizer_cov_trace_pc() {
  // From this function, not from zero: the same in every run, wherever the program was loaded.
  const std::uintptr_t place =
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) - reinterpret_cast<std::uintptr_t>(&__sanitizer_cov_trace_pc);
  const std::uintptr_t mixed = (place * 0x9e37'79b9'7f4a'7c15) >> 40;
  std::uint8_t& count = hits[(mixed ^ previousPlace) % mapSlots];
  if (count < 255) count++;
  previousPlace = mixed >> 1;
}

int main(int argc, char** argv) {
  const std::string path = argv[0];
  program = path.substr(path.rfind('/') + 1);
  if (const char* text = std::getenv("FEIMU_FUZZ_SEED")) seed = std::strtoull(text, nullptr, 10);
  watch();
  if (argc > 1) {
    for (int i = 1; i < argc; i++) {
      std::ifstream file(argv[i], std::ios::binary);
      if (!file) {
        std::fprintf(stderr, "%s: cannot be read\n", argv[i]);
        return 1;
      }
      run(Bytes(std::istreambuf_iterator<char>(file), {}), false);
    }
    return 0;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + std::chrono::duration<double>(secondsFromEnvironment());
  std::vector<Bytes> corpus = fuzzSeeds();
  corpus.emplace_back();
  for (std::size_t i = 0, count = corpus.size(); i < count; i++) {
    run(corpus[i]);
    sawSomethingNew();
  }
  Mutator mutator(seed);
  while (executions % 64 != 0 || std::chrono::steady_clock::now() < end) {
    Bytes bytes = mutator.from(corpus);
    run(bytes);
    if (sawSomethingNew() && corpus.size() < maxCorpus) corpus.push_back(std::move(bytes));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%s: seed %llu, %llu executions in %.1f s, corpus %zu\n", program.c_str(), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(executions), seconds, corpus.size());
  return 0;
}
