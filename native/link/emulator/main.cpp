// feimu-linkemu: a link between two network namespaces.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "link/clock.h"
#include "link/emulator/emulator.h"
#include "link/emulator/tun.h"
#include "link/thread-priority.h"

using namespace feimu;

namespace {

constexpr const char* usage = R"(usage: feimu-linkemu [OPTION ...] SPACE_A ADDRESS_A SPACE_B ADDRESS_B STEP ...
A device "link0" appears in two network namespaces (names under /run/netns, or paths), with an IPv4 address and the
other end's; A to B is forward. Prints "ready", then a line for each command, then at SIGINT or SIGTERM figures in JSON.
STEP: [back:]t,kbps,delayMs,lossPct,queueMs[,jitterMs][,packets=N][,burst=PCT/LENGTH][,ecn=MS], t in seconds, kbps 0
without limit; where nothing is said of the way back it has the delay and jitter of the way there alone.
  --steps FILE      steps, one a line
  --seed N          of loss and jitter (1)
  --trace FILE      CSV: way,inUs,outUs,bytes,queueUs,fate; times of CLOCK_MONOTONIC
  --commands FIFO   takes lines "[back] NAME VALUE ..." while it runs (kbps, delayMs, lossPct, queueMs, jitterMs,
                    packets, burst, ecn); makes the FIFO where there is none; "-" is standard input
)";

struct Arguments {
  std::string spaceA, addressA, spaceB, addressB, steps, trace, commands;
  std::uint64_t seed = 1;
};

bool readFile(const std::string& path, std::string& text) {
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  text += '\n';
  text += all.str();
  return static_cast<bool>(file);
}

bool parse(int count, char** words, Arguments& arguments, std::string& error) {
  std::string* const places[] = {&arguments.spaceA, &arguments.addressA, &arguments.spaceB, &arguments.addressB};
  std::size_t place = 0;
  for (int i = 1; i < count; i++) {
    const std::string word = words[i];
    if (!word.starts_with("--")) {
      if (place < std::size(places)) {
        *places[place++] = word;
      } else {
        arguments.steps += '\n';
        arguments.steps += word;
      }
      continue;
    }
    const std::string value = ++i < count ? words[i] : "";
    bool known = !value.empty();
    if (word == "--steps") {
      known = known && readFile(value, arguments.steps);
    } else if (word == "--seed") {
      const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), arguments.seed);
      known = known && failure == std::errc{} && end == value.data() + value.size();
    } else if (word == "--trace") {
      arguments.trace = value;
    } else if (word == "--commands") {
      arguments.commands = value;
    } else {
      known = false;
    }
    if (!known) {
      error = word + " " + value + ": cannot be used";
      return false;
    }
  }
  if (place == std::size(places)) return true;
  error = "two namespaces and two addresses are needed";
  return false;
}

/// Never at its end: opened for writing too. -1 with errno.
int openCommands(const std::string& path) {
  if (path.empty()) return -1;
  if (path == "-") return STDIN_FILENO;
  if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) return -1;
  return ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

/// Lines of a descriptor that does not block; false at its end.
bool takeCommands(int descriptor, std::string& pending, Emulator& emulator) {
  std::array<char, 4096> bytes;
  const ssize_t size = ::read(descriptor, bytes.data(), bytes.size());
  if (size <= 0) return size < 0 && errno == EAGAIN;
  pending.append(bytes.data(), static_cast<std::size_t>(size));
  for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
    std::string now, error;
    const bool done = emulator.change(pending.substr(0, end), now, error);
    std::printf("%s%s\n", done ? "" : "error: ", (done ? now : error).c_str());
    pending.erase(0, end + 1);
  }
  if (pending.size() > bytes.size()) pending.clear();
  std::fflush(stdout);
  return true;
}

void wakeAt(int timer, std::int64_t atUs) {
  itimerspec when{};
  when.it_value = {atUs / 1'000'000, atUs % 1'000'000 * 1000};
  ::timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr);
}

void print(const char* name, const Emulator::Way& way, const char* end) {
  std::printf("\"%s\":{\"offered\":%llu,\"offeredBytes\":%llu,\"lost\":%llu,\"dropped\":%llu,\"marked\":%llu,\"delivered\":%llu,"
              "\"deliveredBytes\":%llu,\"refused\":%llu,\"latePackets\":%llu,\"latestMs\":%.3f}%s",
              name, static_cast<unsigned long long>(way.link.offered), static_cast<unsigned long long>(way.link.offeredBytes),
              static_cast<unsigned long long>(way.link.lost), static_cast<unsigned long long>(way.link.dropped),
              static_cast<unsigned long long>(way.link.marked), static_cast<unsigned long long>(way.delivered),
              static_cast<unsigned long long>(way.deliveredBytes), static_cast<unsigned long long>(way.refused),
              static_cast<unsigned long long>(way.latePackets), static_cast<double>(way.latestUs) / 1e3, end);
}

int fail(const std::string& error) {
  std::fprintf(stderr, "feimu-linkemu: %s\n", error.c_str());
  return 1;
}

void run(Emulator& emulator, int one, int other, int commands) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int ending = ::signalfd(-1, &signals, SFD_CLOEXEC);
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  static_cast<void>(putThisThreadFirst());
  std::printf("ready\n");
  std::fflush(stdout);
  std::string pending;
  while (true) {
    wakeAt(timer, emulator.pump());
    std::array<pollfd, 5> waiting{{{one, POLLIN, 0}, {other, POLLIN, 0}, {timer, POLLIN, 0}, {ending, POLLIN, 0}, {commands, POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[3].revents != 0) break;
    std::uint64_t ignored = 0;
    if (waiting[2].revents != 0) static_cast<void>(!::read(timer, &ignored, sizeof ignored));
    if (waiting[4].revents != 0 && !takeCommands(commands, pending, emulator)) commands = -1;
  }
  ::close(timer);
  ::close(ending);
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  std::string error;
  if (!parse(count, words, arguments, error)) {
    std::fputs(usage, stderr);
    return fail(error);
  }
  const auto steps = parseLinkSteps(arguments.steps, error);
  if (!steps) return fail(error);
  std::FILE* trace = nullptr;
  if (!arguments.trace.empty()) {
    trace = std::fopen(arguments.trace.c_str(), "we");
    if (trace == nullptr) return fail(arguments.trace + ": " + std::strerror(errno));
    std::setvbuf(trace, nullptr, _IOFBF, 1 << 20);
  }
  const int commands = openCommands(arguments.commands);
  if (commands < 0 && !arguments.commands.empty()) return fail(arguments.commands + ": " + std::strerror(errno));
  const int one = openTun(arguments.spaceA, "link0", arguments.addressA, arguments.addressB, error);
  if (one < 0) return fail(error);
  const int other = openTun(arguments.spaceB, "link0", arguments.addressB, arguments.addressA, error);
  if (other < 0) return fail(error);

  Emulator emulator(one, other, {*steps, arguments.seed, trace}, nowUs());
  run(emulator, one, other, commands);
  std::printf("{");
  print("forward", emulator.forward(), ",");
  print("back", emulator.back(), "}\n");
  return trace == nullptr || std::fclose(trace) == 0 ? 0 : fail(arguments.trace + ": " + std::strerror(errno));
}
