#include "link/fec.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

std::mt19937 random_{3};

/// An access unit's packets, with prefixes as a fragmented unit has them, and its parity.
struct Unit {
  std::uint16_t base;
  std::uint32_t timestamp;
  std::vector<Bytes> whole;
  std::vector<Bytes> parity;

  Unit(FecEncoder& encoder, std::uint16_t base, std::uint32_t timestamp, std::size_t packets, std::size_t parityPackets,
       std::size_t payloadBytes = 200)
      : base(base), timestamp(timestamp) {
    std::vector<FecMedia> media;
    for (std::size_t i = 0; i < packets; i++) {
      Bytes bytes(i + 1 == packets ? 1 + random_() % payloadBytes : payloadBytes);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
      whole.push_back(std::move(bytes));
    }
    for (std::size_t i = 0; i < packets; i++) {
      const std::span<const std::uint8_t> bytes(whole[i]);
      const std::size_t prefix = std::min<std::size_t>(i % 3 ? 2 : 0, bytes.size());
      media.push_back({i + 1 == packets, bytes.first(prefix), bytes.subspan(prefix)});
    }
    for (const auto payload : encoder.encode(base, media, parityPackets)) parity.emplace_back(payload.begin(), payload.end());
  }

  std::uint16_t sequence(std::size_t i) const { return static_cast<std::uint16_t>(base + i); }
  bool marker(std::size_t i) const { return i + 1 == whole.size(); }
  auto send(FecDecoder& decoder, std::size_t i) const {
    return decoder.onMedia(sequence(i), timestamp, marker(i), whole[i]);
  }
  std::size_t check(std::span<const FecRecovered> recovered) const {
    for (const FecRecovered& packet : recovered) {
      const std::size_t i = static_cast<std::uint16_t>(packet.sequence - base);
      CHECK(i < whole.size() && packet.timestamp == timestamp && packet.marker == marker(i));
      CHECK(std::equal(packet.payload.begin(), packet.payload.end(), whole[i].begin(), whole[i].end()));
    }
    return recovered.size();
  }
};

void anyLossUpToTheParityComesBack() {
  FecEncoder encoder;
  FecDecoder decoder;
  std::uint16_t base = 65500;  // wraps
  for (std::uint32_t round = 0; round < 400; round++) {
    const std::size_t packets = 1 + random_() % 60, parity = 1 + random_() % 8;
    const Unit unit(encoder, base, round * 3000, packets, parity);
    CHECK(unit.parity.size() == parity);
    base = static_cast<std::uint16_t>(base + packets);
    // Any order: media and parity of one unit mixed, up to `parity` of them missing.
    std::vector<std::size_t> order(packets + parity);
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), random_);
    order.resize(packets + parity - random_() % (parity + 1));
    std::vector<bool> there(packets);
    std::size_t taken = 0;
    for (std::size_t i : order) {
      if (i < packets) there[i] = true;
      const auto recovered = i < packets ? unit.send(decoder, i) : decoder.onParity(unit.timestamp, unit.parity[i - packets]);
      unit.check(recovered);
      for (const auto& packet : recovered) there[static_cast<std::uint16_t>(packet.sequence - unit.base)] = true;
      if (++taken >= packets) CHECK(std::find(there.begin(), there.end(), false) == there.end());
    }
  }
  CHECK(decoder.stats().recovered > 500 && decoder.stats().malformed == 0 && decoder.stats().corrupt == 0);
}

void oneMoreLossThanParityGivesNothing() {
  FecEncoder encoder;
  FecDecoder decoder;
  const Unit unit(encoder, 10, 1, 10, 2);
  for (std::size_t i = 3; i < 10; i++) unit.send(decoder, i);
  for (const Bytes& parity : unit.parity) CHECK(decoder.onParity(1, parity).empty());
  // A retransmission of one of the three completes the other two.
  CHECK(unit.check(unit.send(decoder, 1)) == 2);
}

void largeUnitsAreInterleaved() {
  FecEncoder encoder;
  FecDecoder decoder;
  for (const auto& [packets, parity] : {std::pair<std::size_t, std::size_t>{254, 1}, {255, 1}, {300, 30}, {255, 254}, {1024, 254}}) {
    decoder.reset();
    const Unit unit(encoder, 60000, 5, packets, parity, 40);
    CHECK(unit.parity.size() >= parity && unit.parity.size() <= parity + 1);
    // A burst anywhere, of as many packets as all blocks together can mend however it lies.
    const std::size_t stride = unit.parity[0][5];
    const std::size_t burst = std::min(unit.parity.size() / stride * stride, packets);
    const std::size_t from = random_() % (packets - burst + 1);
    std::size_t recovered = 0;
    for (std::size_t i = 0; i < packets; i++)
      if (i < from || i >= from + burst) recovered += unit.check(unit.send(decoder, i));
    for (const Bytes& payload : unit.parity) recovered += unit.check(decoder.onParity(5, payload));
    CHECK(recovered == burst);
  }
}

void whatCannotBeProtectedIsLeft() {
  FecEncoder encoder;
  const Bytes small(10), huge(40'000);
  const std::vector<FecMedia> many(kFecMaxMediaPackets + 1, FecMedia{false, {}, small});
  CHECK(encoder.encode(1, many, 5).empty());
  CHECK(encoder.encode(1, {}, 5).empty());
  CHECK(encoder.encode(1, std::span(many).first(3), 0).empty());
  const std::vector<FecMedia> tooLong{{false, {}, huge}};
  CHECK(encoder.encode(1, tooLong, 1).empty());
}

void headerAsDocumented() {
  FecEncoder encoder;
  const Bytes first{1, 2, 3, 4}, second{0x10, 0x20};
  const std::vector<FecMedia> media{{false, std::span(first).first(1), std::span(first).subspan(1)}, {true, {}, second}};
  const auto parity = encoder.encode(0x1234, media, 1);
  // x = 255: coefficients 1/255 and 1/254.
  const Bytes expected{0x12, 0x34, 2, 1, 0, 1, 0, 6, 0xf1, 0x2f, 0x4e, 0x9c, 0x1a, 0xd3};
  CHECK(parity.size() == 1 && std::equal(parity[0].begin(), parity[0].end(), expected.begin(), expected.end()));
}

void replayAndForgery() {
  FecEncoder encoder;
  FecDecoder decoder({.maxPayloadBytes = 300});
  const Unit unit(encoder, 100, 9, 10, 3);
  for (std::size_t i = 4; i < 10; i++) unit.send(decoder, i);
  unit.send(decoder, 5);
  CHECK(decoder.stats().duplicates == 1);
  decoder.onParity(9, unit.parity[0]);
  decoder.onParity(9, unit.parity[0]);
  CHECK(decoder.stats().duplicates == 2);

  const auto forged = [&](std::size_t at, std::uint8_t value) {
    Bytes payload = unit.parity[1];
    payload[at] = value;
    return payload;
  };
  // k = 0; index >= m; k + m > 255; stride 0; a span beyond the window; a length that is not the packet's.
  for (const Bytes& payload : {forged(2, 0), forged(4, 3), forged(2, 253), forged(5, 0), forged(5, 255), forged(7, 7)})
    CHECK(decoder.onParity(9, payload).empty());
  CHECK(decoder.stats().malformed == 6);
  for (std::size_t bytes = 0; bytes < unit.parity[1].size(); bytes++)
    CHECK(decoder.onParity(9, std::span(unit.parity[1]).first(bytes)).empty());
  CHECK(decoder.onMedia(1, 9, false, Bytes(301)).empty());
  CHECK(decoder.stats().malformed == 7 + unit.parity[1].size());

  CHECK(decoder.onParity(9, forged(3, 4)).empty());
  CHECK(decoder.stats().conflicting == 1);
  CHECK(decoder.onParity(9, unit.parity[1]).empty());
  unit.send(decoder, 3);
  CHECK(unit.check(decoder.onParity(9, unit.parity[2])) == 3);
  decoder.onParity(9, unit.parity[2]);
  CHECK(decoder.stats().unneeded == 1);
  CHECK(unit.send(decoder, 0).empty());
  CHECK(decoder.stats().duplicates == 3);
}

void noiseIsNotHandedOn() {
  FecEncoder encoder;
  FecDecoder decoder;
  const Unit unit(encoder, 100, 9, 10, 2);
  for (std::size_t i = 2; i < 10; i++) unit.send(decoder, i);
  for (Bytes payload : unit.parity) {
    for (std::size_t i = kFecHeaderBytes; i < payload.size(); i++) payload[i] = static_cast<std::uint8_t>(random_());
    CHECK(decoder.onParity(9, payload).empty());
  }
  CHECK(decoder.stats().corrupt == 1 && decoder.stats().recovered == 0);
  // A block shorter than a packet that it says it protects.
  const Unit other(encoder, 200, 10, 5, 1, 100);
  for (std::size_t i = 1; i < 5; i++) decoder.onMedia(other.sequence(i), 10, false, Bytes(150));
  CHECK(decoder.onParity(10, other.parity[0]).empty());
  CHECK(decoder.stats().corrupt == 2);
}

void oldPacketsAreNotTakenForNewOnes() {
  FecEncoder encoder;
  FecDecoder decoder;
  const Unit old(encoder, 50, 1, 8, 1), unit(encoder, 50, 2, 8, 1);  // once around
  for (std::size_t i = 0; i < 8; i++) old.send(decoder, i);
  for (std::size_t i = 1; i < 8; i++) unit.send(decoder, i);
  CHECK(unit.check(decoder.onParity(2, unit.parity[0])) == 1);
}

void floodsArePushedOut() {
  FecEncoder encoder;
  FecDecoder decoder({.windowPackets = 256, .maxPayloadBytes = 300});
  // Blocks that never get whole, more than are kept, each holding as much parity as it may.
  for (std::uint32_t flood = 0; flood < 200; flood++) {
    const Unit forged(encoder, static_cast<std::uint16_t>(flood * 100), flood, 100, 60, 10);
    for (const Bytes& parity : forged.parity) CHECK(decoder.onParity(flood, parity).empty());
  }
  const Unit unit(encoder, 7, 1'000'000, 20, 3);
  for (std::size_t i = 3; i < 20; i++) unit.send(decoder, i);
  decoder.onParity(1'000'000, unit.parity[0]);
  decoder.onParity(1'000'000, unit.parity[1]);
  CHECK(unit.check(decoder.onParity(1'000'000, unit.parity[2])) == 3);
}

void survivesMutations() {
  FecEncoder encoder;
  FecDecoder decoder({.windowPackets = 64, .blocks = 4, .maxPayloadBytes = 64});
  for (std::uint32_t round = 0; round < 3000; round++) {
    const Unit unit(encoder, static_cast<std::uint16_t>(random_() % 200), random_() % 4, 1 + random_() % 40, 1 + random_() % 20, 60);
    for (std::size_t i = 0; i < unit.whole.size(); i++)
      if (random_() % 3) unit.send(decoder, i);
    for (Bytes payload : unit.parity) {
      if (random_() % 2) payload[random_() % 10] = static_cast<std::uint8_t>(random_());
      if (random_() % 8 == 0) payload.resize(random_() % payload.size());
      for (const FecRecovered& packet : decoder.onParity(unit.timestamp, payload)) CHECK(packet.payload.size() <= 64);
    }
  }
  const auto& stats = decoder.stats();
  CHECK(stats.malformed > 0 && stats.recovered > 0 && stats.corrupt > 0);
}

}  // namespace

int main() {
  anyLossUpToTheParityComesBack();
  oneMoreLossThanParityGivesNothing();
  largeUnitsAreInterleaved();
  whatCannotBeProtectedIsLeft();
  headerAsDocumented();
  replayAndForgery();
  noiseIsNotHandedOn();
  oldPacketsAreNotTakenForNewOnes();
  floodsArePushedOut();
  survivesMutations();
  std::printf("fec: ok\n");
}
