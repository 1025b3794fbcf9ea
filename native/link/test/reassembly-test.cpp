#include "link/reassembly.h"

#include <algorithm>
#include <limits>
#include <random>

#include "link/rtp-packet.h"
#include "link/test/h264-packetizer.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;
using Outcome = Reassembly::Outcome;

namespace {

constexpr std::int64_t deadlineUs = 100'000;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

Bytes unit(bool key, std::size_t sliceBytes) {
  Bytes out;
  const auto nal = [&out](std::uint8_t header, std::size_t size) {
    out.insert(out.end(), {0, 0, 0, 1, header});
    out.insert(out.end(), size, 0x55);
  };
  if (key) {
    nal(0x67, 10);
    nal(0x68, 4);
  }
  nal(key ? 0x65 : 0x41, sliceBytes);
  return out;
}

struct Sent {
  Bytes bytes;
  RtpPacket packet;
};

struct Rig {
  H264Packetizer packetizer{{}};
  std::vector<AccessUnit> units;
  Reassembly reassembly{deadlineUs, [this](AccessUnit&& whole) { units.push_back(std::move(whole)); }};
  std::int64_t nowUs = 1000;
  std::uint32_t timestamp = 0;

  std::vector<Sent> frame(bool key, std::size_t sliceBytes) {
    std::vector<Sent> out;
    for (Bytes& bytes : packetizer.packetize(unit(key, sliceBytes), timestamp += 3000)) {
      out.push_back({std::move(bytes), {}});
      out.back().packet = *parseRtp(out.back().bytes);
    }
    return out;
  }
  Outcome push(const Sent& sent) {
    const RtpPacket& packet = sent.packet;
    return reassembly.push({packet.sequence, packet.timestamp, packet.marker, nowUs += 10, packet.payload});
  }
  void push(const std::vector<Sent>& frame, std::size_t except = 1000) {
    for (std::size_t i = 0; i < frame.size(); i++) {
      if (i != except) push(frame[i]);
    }
  }
  /// Flowing, nothing delivered that counts.
  void start() {
    push(frame(true, 5000));
    CHECK(units.size() == 1 && !reassembly.waitsForKey());
    units.clear();
  }
};

void releasesAtOnce() {
  Rig rig;
  for (int i = 0; i < 20; i++) {
    const auto packets = rig.frame(i % 7 == 0, 300 + static_cast<std::size_t>(i) * 400);
    for (std::size_t j = 0; j < packets.size(); j++) {
      CHECK(rig.units.size() == static_cast<std::size_t>(i));
      CHECK(rig.push(packets[j]) == Outcome::taken);
    }
    CHECK(rig.units.size() == static_cast<std::size_t>(i) + 1);
    CHECK(rig.units.back().data == unit(i % 7 == 0, 300 + static_cast<std::size_t>(i) * 400));
    CHECK(rig.units.back().key == (i % 7 == 0) && rig.reassembly.wakeUs() == never);
  }
  CHECK(rig.reassembly.stats().frames == 20 && rig.reassembly.stats().framesGivenUp == 0);
}

void anyOrder() {
  Rig rig;
  // The first of all as well: nothing is known of what was before it, but it says that it opens a picture.
  auto key = rig.frame(true, 20'000);
  std::mt19937 random(1);
  std::shuffle(key.begin(), key.end(), random);
  rig.push(key);
  CHECK(rig.units.size() == 1 && rig.units[0].data == unit(true, 20'000));
  auto first = rig.frame(false, 8'000);
  const auto second = rig.frame(false, 3'000);
  std::shuffle(first.begin(), first.end(), random);
  // The second is whole first, but in decoding order it is second.
  rig.push(second);
  CHECK(rig.units.size() == 1);
  rig.push(first);
  CHECK(rig.units.size() == 3 && rig.units[1].timestamp == 6000 && rig.units[2].timestamp == 9000);
  CHECK(rig.units[2].data == unit(false, 3'000));
  CHECK(rig.push(first[2]) == Outcome::duplicate && rig.push(second[0]) == Outcome::duplicate);
}

void waitsForARepair() {
  Rig rig;
  rig.start();
  const auto damaged = rig.frame(false, 6000);
  rig.push(damaged, 2);
  const std::int64_t gapUs = rig.nowUs - 10 * static_cast<std::int64_t>(damaged.size() - 4);
  CHECK(rig.reassembly.wakeUs() == gapUs + deadlineUs);
  CHECK(rig.reassembly.wants(damaged[2].packet.sequence));
  rig.nowUs += 30'000;
  rig.push(rig.frame(false, 4000));
  CHECK(rig.units.empty() && !rig.reassembly.waitsForKey());
  rig.nowUs += 60'000;
  rig.reassembly.expire(rig.nowUs);
  rig.push(damaged[2]);
  CHECK(rig.units.size() == 2 && rig.units[0].data == unit(false, 6000) && rig.reassembly.wakeUs() == never);
}

/// Each gap has its own time.
void deadlineOfASecondGap() {
  Rig rig;
  rig.start();
  const auto first = rig.frame(false, 4000);
  rig.push(first, 1);
  rig.nowUs += 50'000;
  const std::int64_t secondUs = rig.nowUs + 20;
  const auto second = rig.frame(false, 4000);
  rig.push(second, 1);
  rig.push(first[1]);
  CHECK(rig.units.size() == 1 && rig.reassembly.wakeUs() == secondUs + deadlineUs);
}

void givesUp() {
  Rig rig;
  rig.start();
  const auto damaged = rig.frame(false, 6000);
  rig.push(damaged, 2);
  rig.push(rig.frame(false, 4000));
  rig.nowUs += deadlineUs;
  rig.reassembly.expire(rig.nowUs);
  CHECK(rig.units.empty() && rig.reassembly.waitsForKey() && rig.reassembly.stats().framesGivenUp == 1);
  // Neither the repair that is late nor what follows helps: only an IDR.
  rig.push(damaged[2]);
  rig.push(rig.frame(false, 1000));
  CHECK(rig.units.empty());
  CHECK(!rig.reassembly.wants(damaged[2].packet.sequence + 100));
  rig.push(rig.frame(true, 4000));
  CHECK(rig.units.size() == 1 && rig.units[0].key && !rig.reassembly.waitsForKey());
  CHECK(rig.reassembly.stats().framesGivenUp == 3);
  rig.push(rig.frame(false, 1000));
  CHECK(rig.units.size() == 2);
}

void newestKeyWins() {
  Rig rig;
  rig.start();
  rig.push(rig.frame(false, 6000), 2);
  rig.push(rig.frame(false, 6000));
  // Its own gap does not hold it when it is filled, whatever is missing before.
  const auto key = rig.frame(true, 9000);
  rig.push(key, 3);
  rig.push(rig.frame(false, 500));
  CHECK(rig.units.empty());
  rig.push(key[3]);
  CHECK(rig.units.size() == 2 && rig.units[0].key && rig.units[0].data == unit(true, 9000) && !rig.units[1].key);
  CHECK(rig.reassembly.stats().framesGivenUp == 2 && !rig.reassembly.waitsForKey());
  CHECK(rig.reassembly.wakeUs() == never);
}

/// Parameter sets that are missing make an IDR that cannot be decoded.
void keyWithoutItsBeginning() {
  Rig rig;
  rig.push(rig.frame(true, 5000), 0);
  CHECK(rig.units.empty() && rig.reassembly.waitsForKey());
  CHECK(rig.reassembly.keyArrivedUs() == rig.nowUs);
  CHECK(rig.reassembly.wants(0) && !rig.reassembly.wants(100));
}

/// A sender that sets no marker bit: the next timestamp ends a picture.
void withoutMarker() {
  Rig rig;
  for (int i = 0; i < 6; i++) {
    auto packets = rig.frame(i == 0 || i == 3, 3000);
    for (Sent& sent : packets) sent.packet.marker = false;
    rig.push(packets);
    CHECK(rig.units.size() == static_cast<std::size_t>(i));
  }
  CHECK(rig.units[3].key && rig.units[4].data == unit(false, 3000));
}

/// A sender that drops the rest of a picture it cannot send any more, without a gap in its numbers, goes on with an IDR.
void cutShort() {
  Rig rig;
  rig.start();
  for (const bool inOrder : {true, false}) {
    auto packets = rig.frame(false, 4000);
    packets.resize(2);
    auto key = rig.frame(true, 3000);
    for (std::size_t i = 0; i < key.size(); i++) {
      key[i].packet.sequence = static_cast<std::uint16_t>(packets[1].packet.sequence + 1 + i);
    }
    rig.packetizer = H264Packetizer({});
    if (inOrder) {
      rig.push(packets);
      rig.push(key);
    } else {
      rig.push(key);
      rig.push(packets[1]);
      rig.push(packets[0]);
    }
    CHECK(rig.units.size() == 1 && rig.units[0].data == unit(true, 3000) && !rig.reassembly.waitsForKey());
    rig.units.clear();
    rig.reassembly.reset();
    rig.start();
  }
  CHECK(rig.reassembly.stats().malformed == 0);
}

void padding() {
  Rig rig;
  rig.start();
  rig.push(rig.frame(false, 500));
  const std::int64_t next = rig.packetizer.packetize(unit(false, 1), 0).size();
  CHECK(next == 1);
  auto probe = rig.frame(false, 10);
  probe[0].packet.payload = {};
  probe[0].packet.marker = false;
  probe[0].packet.sequence--;  // in place of the one that was made above
  rig.push(probe[0]);
  probe[0].packet.sequence++;
  rig.push(probe[0]);
  rig.push(rig.frame(false, 700));
  CHECK(rig.units.size() == 2 && rig.units[1].data == unit(false, 700) && rig.reassembly.stats().framesGivenUp == 0);
}

/// A sender without RTCP loses two packets of a long time without an IDR, a span of slots apart.
void longWait() {
  Rig rig;
  rig.start();
  rig.push(rig.frame(false, 900), 0);
  const auto first = rig.frame(false, 900);
  rig.push(first);
  for (std::size_t i = 1; i < 1'500; i++) {
    rig.nowUs += 2'000;
    rig.reassembly.expire(rig.nowUs);
    rig.push(rig.frame(false, 900), i == Reassembly::slotCount ? 0 : 1'000);
  }
  CHECK(rig.units.empty() && rig.reassembly.waitsForKey());
  rig.push(rig.frame(true, 900));
  rig.nowUs += 2 * deadlineUs;
  rig.reassembly.expire(rig.nowUs);
  rig.push(rig.frame(false, 900));
  CHECK(rig.units.size() == 2 && !rig.reassembly.waitsForKey());
}

/// Some senders begin each picture with a delimiter: it does not say that an IDR is on its way.
void delimitersAreNoKey() {
  Rig rig;
  const Bytes delimiter{9, 0x10}, key{0x65, 1, 2};
  rig.reassembly.push({1, 9, false, 50, delimiter});
  CHECK(rig.reassembly.keyArrivedUs() < 0);
  rig.reassembly.push({3, 9, false, 60, key});
  CHECK(rig.reassembly.keyArrivedUs() == 60);
}

/// STAP-A (RFC 6184 §5.7.1): SPS, PPS and an IDR slice in one packet.
void aggregates() {
  Rig rig;
  Bytes payload{24, 0, 2, 0x67, 1, 0, 2, 0x68, 2, 0, 3, 0x65, 3, 4};
  CHECK(rig.reassembly.push({1, 9, true, 0, payload}) == Outcome::taken);
  CHECK(rig.units.size() == 1 && rig.units[0].key && (rig.units[0].data == Bytes{0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 3, 4}));
  payload[2] = 200;  // a length that points behind the end
  rig.reassembly.push({2, 10, true, 0, payload});
  CHECK(rig.units.size() == 1 && rig.reassembly.stats().malformed == 1);
}

void malformed() {
  Rig rig;
  rig.start();
  auto packets = rig.frame(false, 3000);
  Bytes bad{0x7e, 1, 2};
  packets[1].packet.payload = bad;
  rig.push(packets);
  CHECK(rig.units.empty() && rig.reassembly.waitsForKey() && rig.reassembly.stats().malformed == 1);
  // A fragment that never ends is no picture.
  rig.push(rig.frame(true, 1000));
  CHECK(rig.units.size() == 1);
  packets = rig.frame(false, 3000);
  packets[packets.size() - 2].packet.marker = true;
  rig.push(packets);
  CHECK(rig.units.size() == 1 && rig.reassembly.waitsForKey() && rig.reassembly.stats().malformed == 2);
  const Bytes huge(Reassembly::maxPayloadBytes + 1);
  CHECK(rig.reassembly.push({100, 0, false, 0, huge}) == Outcome::malformed);
}

/// A gap wider than there are slots, numbers that go back, a stream without IDR for ever.
void bounded() {
  Rig rig;
  rig.start();
  auto packets = rig.frame(false, 500);
  const std::int64_t next = packets[0].packet.sequence;
  CHECK(rig.reassembly.push({next + 1500, 1, true, 0, packets[0].packet.payload}) == Outcome::taken);
  CHECK(rig.reassembly.waitsForKey());
  CHECK(rig.push(packets[0]) == Outcome::late);
  CHECK(rig.reassembly.push({next - 3, 1, true, 0, packets[0].packet.payload}) == Outcome::duplicate);
  CHECK(rig.reassembly.push({next - 2000, 1, true, 0, packets[0].packet.payload}) == Outcome::late);
  for (std::int64_t i = 1; i < 5000; i++) {
    rig.reassembly.push({next + 1500 + i, static_cast<std::uint32_t>(i), true, 0, packets[0].packet.payload});
  }
  CHECK(rig.units.empty());
  CHECK(rig.reassembly.stats().framesGivenUp >= 5000 - Reassembly::slotCount - 1);
  rig.reassembly.reset();
  rig.push(rig.frame(true, 2000));
  CHECK(rig.units.size() == 1);
}

/// Timestamps that go back, or repeat, separate pictures as well as others do.
void timestampsGoBack() {
  Rig rig;
  rig.start();
  rig.push(rig.frame(false, 2000));
  rig.timestamp = 10;
  rig.push(rig.frame(false, 2100));
  rig.timestamp -= 3000;
  rig.push(rig.frame(false, 2200));
  CHECK(rig.units.size() == 3 && rig.units[1].data == unit(false, 2100) && rig.units[2].data == unit(false, 2200));
}

/// Random loss, order and repetition: what comes out is what went in, in order, and begins with an IDR after each gap.
void chaos() {
  std::mt19937 random(7);
  for (int round = 0; round < 20; round++) {
    Rig rig;
    std::vector<std::pair<std::int64_t, Sent>> flight;
    std::vector<Bytes> sent;
    std::vector<bool> keys;
    for (int i = 0; i < 300; i++) {
      const bool key = random() % 20 == 0;
      const std::size_t size = random() % 6000 + 1;
      sent.push_back(unit(key, size));
      keys.push_back(key);
      for (Sent& packet : rig.frame(key, size)) {
        const auto atUs = static_cast<std::int64_t>(i * 33'000 + random() % 20'000);
        if (random() % 50 == 0) {
          if (random() % 2 == 0) flight.push_back({atUs + 40'000, packet});
          continue;
        }
        if (random() % 30 == 0) flight.push_back({atUs + 5000, packet});
        flight.push_back({atUs, std::move(packet)});
      }
    }
    std::stable_sort(flight.begin(), flight.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [atUs, packet] : flight) {
      packet.packet = *parseRtp(packet.bytes);  // its copy's payload lies in the copy
      rig.nowUs = atUs;
      rig.reassembly.expire(atUs);
      rig.push(packet);
    }
    std::int64_t last = -1;
    for (const AccessUnit& whole : rig.units) {
      const std::int64_t index = whole.timestamp / 3000 - 1;
      CHECK(index > last && whole.data == sent[static_cast<std::size_t>(index)]);
      CHECK(index == last + 1 || keys[static_cast<std::size_t>(index)]);
      last = index;
    }
    CHECK(rig.units.size() > 30);
  }
}

}  // namespace

int main() {
  releasesAtOnce();
  anyOrder();
  waitsForARepair();
  deadlineOfASecondGap();
  givesUp();
  newestKeyWins();
  keyWithoutItsBeginning();
  withoutMarker();
  cutShort();
  padding();
  longWait();
  delimitersAreNoKey();
  aggregates();
  malformed();
  bounded();
  timestampsGoBack();
  chaos();
  return 0;
}
