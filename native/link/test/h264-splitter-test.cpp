#include "link/h264-splitter.h"

#include <random>
#include <vector>

#include "link/test/nal-units.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

std::vector<Bytes> split(const Bytes& annexB, std::size_t maxPayloadBytes) {
  std::vector<Bytes> out;
  H264Splitter splitter(annexB, maxPayloadBytes);
  bool last = false;
  for (H264Payload payload; splitter.next(payload);) {
    CHECK(!last && payload.sizeBytes > 0 && payload.sizeBytes <= maxPayloadBytes);
    last = payload.last;
    payload.write(out.emplace_back(payload.sizeBytes).data());
  }
  CHECK(last || out.empty());
  return out;
}

void aggregatesWhatIsSmall() {
  const Bytes sets{0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x06, 5};
  // NRI 3 from the parameter sets.
  CHECK((split(sets, 100) == std::vector<Bytes>{{0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3, 0, 2, 0x06, 5}}));
  // One byte too few for all three: SEI alone, as it is.
  CHECK((split(sets, 13) == std::vector<Bytes>{{0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3}, {0x06, 5}}));
  CHECK((split({0, 0, 1, 0x41, 7}, 100) == std::vector<Bytes>{{0x41, 7}}));
  CHECK(split({}, 100).empty() && split({0, 0, 0, 1}, 100).empty() && split({1, 2, 3}, 100).empty());
}

void fragmentsWhatIsLarge() {
  Bytes nal{0, 0, 0, 1, 0x65};
  for (int i = 0; i < 10; i++) nal.push_back(static_cast<std::uint8_t>(i + 1));
  // 10 bytes at most 5 a packet less 2: four packets, 3 3 3 1.
  CHECK((split(nal, 5) == std::vector<Bytes>{
                              {0x7c, 0x85, 1, 2, 3}, {0x7c, 0x05, 4, 5, 6}, {0x7c, 0x05, 7, 8, 9}, {0x7c, 0x45, 10}}));
  // What just fits stays whole.
  CHECK(split(nal, 11).size() == 1);
  CHECK((split(nal, 10) == std::vector<Bytes>{{0x7c, 0x85, 1, 2, 3, 4, 5}, {0x7c, 0x45, 6, 7, 8, 9, 10}}));
}

void fragmentsAreEqual() {
  for (std::size_t size = 1; size < 40'000; size += 37) {
    Bytes nal{0, 0, 0, 1, 0x41};
    nal.insert(nal.end(), size, 0x55);
    const auto packets = split(nal, 1180);
    for (const Bytes& packet : packets) CHECK(packet.size() == packets[0].size() || &packet == &packets.back());
    CHECK(packets.back().size() <= packets[0].size() && packets[0].size() - packets.back().size() <= packets.size());
    CHECK(packets.size() == (size < 1180 ? 1 : (size + 1177) / 1178));
  }
}

/// RFC 6184 read back the plain way.
std::vector<Bytes> join(const std::vector<Bytes>& packets) {
  std::vector<Bytes> nals;
  for (const Bytes& packet : packets) {
    const int type = packet[0] & 0x1f;
    if (type == 24) {
      for (std::size_t at = 1; at < packet.size();) {
        const std::size_t size = std::size_t{packet[at]} << 8 | packet[at + 1];
        nals.emplace_back(packet.begin() + static_cast<std::ptrdiff_t>(at) + 2, packet.begin() + static_cast<std::ptrdiff_t>(at + 2 + size));
        at += 2 + size;
      }
    } else if (type == 28) {
      if ((packet[1] & 0x80) != 0) nals.push_back({static_cast<std::uint8_t>((packet[0] & 0xe0) | (packet[1] & 0x1f))});
      nals.back().insert(nals.back().end(), packet.begin() + 2, packet.end());
    } else {
      nals.push_back(packet);
    }
  }
  return nals;
}

void roundTripsAtRandom() {
  std::mt19937 random(4);
  for (int round = 0; round < 3000; round++) {
    Bytes annexB;
    std::vector<Bytes> nals;
    for (std::size_t i = 0, count = random() % 6; i < count; i++) {
      Bytes nal{static_cast<std::uint8_t>(random() % 4 << 5 | (1 + random() % 12))};
      // Zeros and ones are frequent, three in a row are not.
      for (std::size_t left = random() % 2 ? random() % 30 : random() % 4000; left > 0; left--) {
        const bool zeros = nal.size() >= 2 && nal.back() == 0 && nal[nal.size() - 2] == 0;
        nal.push_back(static_cast<std::uint8_t>(zeros ? 3 : random() % 3 == 0 ? random() % 2 : random()));
      }
      if (nal.back() == 0) nal.back() = 0x80;
      annexB.insert(annexB.end(), random() % 4, 0);
      annexB.insert(annexB.end(), {0, 0, 1});
      annexB.insert(annexB.end(), nal.begin(), nal.end());
      nals.push_back(std::move(nal));
    }
    CHECK(testing::nalUnits(annexB).size() == nals.size());
    CHECK(join(split(annexB, 3 + random() % 1500)) == nals);
  }
}

}  // namespace

int main() {
  aggregatesWhatIsSmall();
  fragmentsWhatIsLarge();
  fragmentsAreEqual();
  roundTripsAtRandom();
}
