#include <algorithm>
#include <random>

#include "link/h264-depacketizer.h"
#include "link/h264-packetizer.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// SPS, PPS and a slice of the given size; bytes that hold no start code.
Bytes unit(bool key, std::size_t sliceBytes, std::uint8_t fill = 0x55) {
  Bytes out;
  const auto nal = [&out](std::uint8_t header, std::size_t size, std::uint8_t value) {
    out.insert(out.end(), {0, 0, 0, 1, header});
    out.insert(out.end(), size, value);
  };
  if (key) {
    nal(0x67, 10, 0x42);
    nal(0x68, 4, 0x13);
  }
  nal(key ? 0x65 : 0x41, sliceBytes, fill);
  return out;
}

struct Receiver {
  std::vector<AccessUnit> units;
  H264Depacketizer depacketizer{[this](AccessUnit&& whole) { units.push_back(std::move(whole)); }};
  std::int64_t nowUs = 0;
  void push(const Bytes& bytes) {
    auto packet = parseRtp(bytes);
    CHECK(packet);
    depacketizer.push(*packet, nowUs += 10);
  }
};

void roundTrip() {
  H264Packetizer packetizer({.ssrc = 7, .payloadType = 96, .maxPayloadBytes = 1180, .playoutDelayId = 5});
  Receiver receiver;
  for (std::uint32_t i = 0; i < 20; i++) {
    const Bytes sent = unit(i % 5 == 0, i * 700 + 1);
    for (const Bytes& packet : packetizer.packetize(sent, i * 3000)) {
      CHECK(packet.size() <= 1200);
      receiver.push(packet);
    }
    CHECK(receiver.units.size() == i + 1);
    CHECK(receiver.units.back().data == sent);
    CHECK(receiver.units.back().key == (i % 5 == 0));
  }
  CHECK(receiver.depacketizer.stats().lost == 0);
}

void reorderAndLoss() {
  H264Packetizer packetizer({});
  Receiver receiver;
  auto packets = packetizer.packetize(unit(true, 20'000), 0);
  std::mt19937 random(1);
  // The start is where the first packet is: leave it in place.
  std::shuffle(packets.begin() + 1, packets.end(), random);
  for (const Bytes& packet : packets) receiver.push(packet);
  CHECK(receiver.units.size() == 1 && receiver.units[0].data == unit(true, 20'000));
  // Twice the same packet changes nothing.
  receiver.push(packets[3]);
  CHECK(receiver.depacketizer.stats().late == 1);

  // One packet lost: this picture and all that refer to it are held back until the next IDR.
  auto damaged = packetizer.packetize(unit(false, 5000), 3000);
  damaged.erase(damaged.begin() + 2);
  for (const Bytes& packet : damaged) receiver.push(packet);
  receiver.nowUs += H264Depacketizer::reorderUs + 1;
  receiver.depacketizer.expire(receiver.nowUs);
  CHECK(receiver.depacketizer.stats().lost == 1);
  CHECK(receiver.depacketizer.waitsForKey());
  for (const Bytes& packet : packetizer.packetize(unit(false, 900), 6000)) receiver.push(packet);
  CHECK(receiver.units.size() == 1);
  for (const Bytes& packet : packetizer.packetize(unit(true, 900), 9000)) receiver.push(packet);
  CHECK(receiver.units.size() == 2 && receiver.units[1].key && !receiver.depacketizer.waitsForKey());
}

void aggregates() {
  Receiver receiver;
  // STAP-A of SPS, PPS and an IDR slice, marker set.
  Bytes packet{0x80, 0xe0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 7, 24, 0, 2, 0x67, 1, 0, 2, 0x68, 2, 0, 3, 0x65, 3, 4};
  receiver.push(packet);
  CHECK(receiver.units.size() == 1 && receiver.units[0].key && receiver.units[0].data.size() == 12 + 7);
  // A length that points behind the end spoils the unit, not the receiver.
  packet[3] = 2;
  packet[14] = 200;
  receiver.push(packet);
  CHECK(receiver.units.size() == 1 && receiver.depacketizer.stats().malformed == 1);
}

/// Random bytes, and good packets with random damage: no crash, no endless loop, bounded memory.
void hostile() {
  std::mt19937 random(42);
  Receiver receiver;
  H264Packetizer packetizer({});
  for (int round = 0; round < 30'000; round++) {
    Bytes bytes;
    if (round % 2 == 0) {
      bytes.resize(random() % 80);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
      if (!bytes.empty()) bytes[0] = static_cast<std::uint8_t>(0x80 | (bytes[0] & 0x3f));
    } else {
      auto packets = packetizer.packetize(unit(random() % 4 == 0, random() % 4000), random());
      bytes = packets[random() % packets.size()];
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
      bytes.resize(random() % (bytes.size() + 1));
    }
    if (auto packet = parseRtp(bytes)) receiver.depacketizer.push(*packet, receiver.nowUs += 1000);
    if (round % 50 == 0) receiver.depacketizer.expire(receiver.nowUs);
    if (receiver.units.size() > 100) receiver.units.clear();
  }
}

}  // namespace

int main() {
  roundTrip();
  reorderAndLoss();
  aggregates();
  hostile();
  return 0;
}
