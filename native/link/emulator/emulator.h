#pragma once
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "link/sim/emulated-link.h"

namespace feimu {

/// Two TUN devices joined by two emulated links. No timer and no waiting of its own: pump() does what is due. One
/// thread.
class Emulator {
 public:
  struct Options {
    LinkSteps steps;
    std::uint64_t seed = 1;
    std::FILE* trace = nullptr;  // a line a packet: way,inUs,outUs,bytes,queueUs,fate; borrowed
  };
  struct Way {
    EmulatedLink::Stats link;
    std::uint64_t delivered = 0;
    std::uint64_t deliveredBytes = 0;
    std::uint64_t refused = 0;       // by the other device, e.g. since it is down
    std::uint64_t latePackets = 0;   // delivered more than 1 ms after their time: the machine was busy
    std::int64_t latestUs = 0;
  };

  /// Takes the two descriptors (non-blocking); steps begin at `nowUs`, microseconds of CLOCK_MONOTONIC.
  Emulator(int one, int other, const Options& options, std::int64_t nowUs);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  /// Reads what has come and writes what is due; when the next one is due, 0 when none waits.
  std::int64_t pump();
  /// `[back] NAME VALUE …`, as changeLinkStep(); false with `error`. `now` tells what holds then.
  bool change(std::string_view command, std::string& now, std::string& error);
  [[nodiscard]] Way forward() const { return ways_[0]->stats(); }
  [[nodiscard]] Way back() const { return ways_[1]->stats(); }

 private:
  struct Waiting {
    std::int64_t deliverUs;
    std::vector<std::uint8_t> bytes;
  };
  struct Direction {
    Direction(std::string name, int from, int to, std::vector<LinkStep> steps, std::uint64_t seed, std::int64_t nowUs)
        : name(std::move(name)), from(from), to(to), link(std::move(steps), seed, nowUs) {}
    [[nodiscard]] Way stats() const;
    void read(std::FILE* trace);
    void deliver();

    std::string name;
    int from, to;
    EmulatedLink link;
    std::deque<Waiting> waiting;               // in the order of time
    std::vector<std::vector<std::uint8_t>> spare;  // buffers to use again
    Way way;
  };

  std::FILE* trace_;
  std::unique_ptr<Direction> ways_[2];
};

}  // namespace feimu
