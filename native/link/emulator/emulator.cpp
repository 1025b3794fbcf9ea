#include "link/emulator/emulator.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "link/clock.h"
#include "link/emulator/ip-header.h"

namespace feimu {

namespace {

constexpr std::size_t largestPacket = 65'535;
constexpr int readsAtOnce = 64;
constexpr std::int64_t lateUs = 1000;

}  // namespace

Emulator::Emulator(int one, int other, const Options& options, std::int64_t nowUs) : trace_(options.trace) {
  ways_[0] = std::make_unique<Direction>("forward", one, other, options.steps.forward, options.seed, nowUs);
  ways_[1] = std::make_unique<Direction>("back", other, one, options.steps.back, options.seed + 1, nowUs);
  if (trace_ != nullptr) std::fputs("way,inUs,outUs,bytes,queueUs,fate\n", trace_);
}

Emulator::~Emulator() {
  ::close(ways_[0]->from);
  ::close(ways_[0]->to);
}

Emulator::Way Emulator::Direction::stats() const {
  Way all = way;
  all.link = link.stats();
  return all;
}

void Emulator::Direction::read(std::FILE* trace) {
  std::array<std::uint8_t, largestPacket> packet;
  for (int i = 0; i < readsAtOnce; i++) {
    const ssize_t size = ::read(from, packet.data(), packet.size());
    if (size <= 0) return;
    const auto bytes = std::span(packet).first(static_cast<std::size_t>(size));
    const std::int64_t now = nowUs();
    const std::int64_t queueUs = link.queueDelayUs(now);
    const std::uint64_t lostBefore = link.stats().lost;
    const std::uint8_t ecn = ecnOf(bytes);
    const auto delivery = link.offer(now, static_cast<std::uint32_t>(size), ecn);
    if (trace != nullptr) {
      const char* fate = delivery ? (delivery->congested && ecn != 3 ? "marked" : "delivered")
                                  : (link.stats().lost != lostBefore ? "lost" : "dropped");
      std::fprintf(trace, "%s,%lld,%lld,%zd,%lld,%s\n", name.c_str(), static_cast<long long>(now),
                   static_cast<long long>(delivery ? delivery->deliverUs : now), size, static_cast<long long>(queueUs), fate);
    }
    if (!delivery) continue;
    if (delivery->congested && ecn != 3) markCongested(bytes);
    std::vector<std::uint8_t> buffer;
    if (!spare.empty()) {
      buffer = std::move(spare.back());
      spare.pop_back();
    }
    buffer.assign(bytes.begin(), bytes.end());
    waiting.push_back({delivery->deliverUs, std::move(buffer)});
  }
}

void Emulator::Direction::deliver() {
  for (std::int64_t now = nowUs(); !waiting.empty() && waiting.front().deliverUs <= now; now = nowUs()) {
    Waiting& packet = waiting.front();
    if (::write(to, packet.bytes.data(), packet.bytes.size()) == static_cast<ssize_t>(packet.bytes.size())) {
      way.delivered++;
      way.deliveredBytes += packet.bytes.size();
    } else {
      way.refused++;
    }
    const std::int64_t late = now - packet.deliverUs;
    way.latestUs = std::max(way.latestUs, late);
    if (late > lateUs) way.latePackets++;
    spare.push_back(std::move(packet.bytes));
    waiting.pop_front();
  }
}

std::int64_t Emulator::pump() {
  std::int64_t nextUs = 0;
  for (const auto& way : ways_) {
    way->deliver();
    way->read(trace_);
    way->deliver();
    if (!way->waiting.empty()) nextUs = nextUs == 0 ? way->waiting.front().deliverUs : std::min(nextUs, way->waiting.front().deliverUs);
  }
  return nextUs;
}

bool Emulator::change(std::string_view command, std::string& now, std::string& error) {
  const bool back = command.starts_with("back ");
  Direction& way = *ways_[back ? 1 : 0];
  LinkStep step = way.link.step(nowUs());
  if (!changeLinkStep(back ? command.substr(5) : command, step, error)) return false;
  way.link.set(step);
  std::array<char, 256> text;
  std::snprintf(text.data(), text.size(), "%s kbps %g delayMs %g lossPct %g queueMs %g jitterMs %g packets %d burst %g/%g ecn %g",
                way.name.c_str(), step.kbps, step.delayMs, step.lossPct, step.queueMs, step.jitterMs, step.queuePackets, step.burstPct,
                step.burstPackets, step.ecnMs);
  now = text.data();
  return true;
}

}  // namespace feimu
