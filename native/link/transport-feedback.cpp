#include "link/transport-feedback.h"

#include <algorithm>
#include <array>
#include <utility>

#include "link/byte-order.h"

namespace feimu {

namespace {

constexpr std::size_t fixedBytes = 16;
constexpr std::int64_t tickUs = 250;
constexpr std::int64_t ticksPerReference = 256;
constexpr std::size_t maxRun = 0x1fff;
constexpr std::size_t oneBitSymbols = 14;
constexpr std::size_t twoBitSymbols = 7;

enum Symbol : std::uint8_t { lost = 0, small = 1, large = 2, reserved = 3 };

std::int64_t floorDivide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// Appends up to `count` symbols of one chunk: the last one may hold more than there are packets.
bool readChunk(std::uint16_t chunk, std::size_t count, std::vector<Symbol>& symbols) {
  if ((chunk & 0x8000) == 0) {
    const auto symbol = static_cast<Symbol>(chunk >> 13 & 3);
    if (symbol == reserved) return false;
    symbols.insert(symbols.end(), std::min<std::size_t>(chunk & maxRun, count), symbol);
    return true;
  }
  const bool twoBits = (chunk & 0x4000) != 0;
  const std::size_t held = std::min(count, twoBits ? twoBitSymbols : oneBitSymbols);
  for (std::size_t i = 0; i < held; i++) {
    const auto symbol = static_cast<Symbol>(twoBits ? chunk >> (12 - 2 * i) & 3 : chunk >> (13 - i) & 1);
    if (symbol == reserved) return false;
    symbols.push_back(symbol);
  }
  return true;
}

/// The chunk that covers the most of `symbols` from the front, and how many that is.
std::pair<std::uint16_t, std::size_t> makeChunk(std::span<const Symbol> symbols) {
  const auto other = std::find_if(symbols.begin(), symbols.end(), [&](Symbol s) { return s != symbols[0]; });
  const auto run = std::min(static_cast<std::size_t>(other - symbols.begin()), maxRun);
  const auto head = symbols.first(std::min(symbols.size(), oneBitSymbols));
  const auto oneBit = static_cast<std::size_t>(std::find(head.begin(), head.end(), large) - head.begin());
  const std::size_t twoBit = std::min(symbols.size(), twoBitSymbols);
  if (run >= oneBit && run >= twoBit) return {static_cast<std::uint16_t>(symbols[0] << 13 | run), run};
  std::uint32_t chunk = 0x8000;
  if (oneBit == head.size()) {
    for (std::size_t i = 0; i < oneBit; i++) chunk |= std::uint32_t{symbols[i]} << (13 - i);
    return {static_cast<std::uint16_t>(chunk), oneBit};
  }
  chunk |= 0x4000;
  for (std::size_t i = 0; i < twoBit; i++) chunk |= std::uint32_t{symbols[i]} << (12 - 2 * i);
  return {static_cast<std::uint16_t>(chunk), twoBit};
}

}  // namespace

std::optional<TransportFeedback> parseTransportFeedback(std::span<const std::uint8_t> body, std::size_t most) {
  if (body.size() < fixedBytes) return std::nullopt;
  TransportFeedback feedback{read32(&body[0]), read32(&body[4]), body[15], {}};
  const std::uint16_t base = read16(&body[8]);
  const std::size_t count = read16(&body[10]);
  if (count == 0 || count > most) return std::nullopt;
  std::size_t at = fixedBytes;
  std::vector<Symbol> symbols;
  symbols.reserve(count);
  for (; symbols.size() < count; at += 2) {
    if (at + 2 > body.size() || !readChunk(read16(&body[at]), count - symbols.size(), symbols)) return std::nullopt;
  }
  // Sign extended from 24 bits.
  std::int64_t ticks = (static_cast<std::int32_t>(read24(&body[12]) << 8) >> 8) * ticksPerReference;
  feedback.packets.reserve(count);
  for (std::size_t i = 0; i < count; i++) {
    const auto sequence = static_cast<std::uint16_t>(base + i);
    if (symbols[i] == lost) {
      feedback.packets.push_back({sequence, false, 0});
      continue;
    }
    if (at + symbols[i] > body.size()) return std::nullopt;
    ticks += symbols[i] == small ? body[at] : static_cast<std::int16_t>(read16(&body[at]));
    at += symbols[i];
    feedback.packets.push_back({sequence, true, ticks * tickUs});
  }
  return feedback;
}

bool writeTransportFeedback(const TransportFeedback& feedback, std::vector<std::uint8_t>& out) {
  const auto& packets = feedback.packets;
  if (packets.empty() || packets.size() > TransportFeedback::maxPackets) return false;
  const auto first = std::find_if(packets.begin(), packets.end(), [](const auto& p) { return p.received; });
  const std::int64_t firstTicks = first == packets.end() ? 0 : floorDivide(first->arrivedUs, tickUs);
  const std::int64_t reference = floorDivide(firstTicks, ticksPerReference);

  std::array<Symbol, TransportFeedback::maxPackets> symbols;
  std::int64_t before = reference * ticksPerReference;
  for (std::size_t i = 0; i < packets.size(); i++) {
    if (packets[i].sequence != static_cast<std::uint16_t>(packets[0].sequence + i)) return false;
    symbols[i] = lost;
    if (!packets[i].received) continue;
    const std::int64_t ticks = floorDivide(packets[i].arrivedUs, tickUs);
    const std::int64_t delta = ticks - before;
    if (delta < INT16_MIN || delta > INT16_MAX) return false;
    symbols[i] = delta >= 0 && delta <= UINT8_MAX ? small : large;
    before = ticks;
  }

  append32(out, feedback.senderSsrc);
  append32(out, feedback.mediaSsrc);
  append16(out, packets[0].sequence);
  append16(out, static_cast<std::uint32_t>(packets.size()));
  append32(out, static_cast<std::uint32_t>(reference << 8) | feedback.count);
  std::span<const Symbol> rest{symbols.data(), packets.size()};
  while (!rest.empty()) {
    const auto [chunk, covered] = makeChunk(rest);
    append16(out, chunk);
    rest = rest.subspan(covered);
  }
  before = reference * ticksPerReference;
  for (std::size_t i = 0; i < packets.size(); i++) {
    if (symbols[i] == lost) continue;
    const std::int64_t ticks = floorDivide(packets[i].arrivedUs, tickUs);
    if (symbols[i] == small) {
      out.push_back(static_cast<std::uint8_t>(ticks - before));
    } else {
      append16(out, static_cast<std::uint16_t>(ticks - before));
    }
    before = ticks;
  }
  return true;
}

}  // namespace feimu
