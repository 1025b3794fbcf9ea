#include "link/sei.h"

#include <random>

#include "link/test/nal-units.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

const Bytes keyFrame{0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 9, 9, 9};

void writesTheMessage() {
  Bytes unit = keyFrame;
  insertCaptureInfo(unit, {CaptureInfo::Clock::monotonic, 0x0102030405060708, 2});
  const Bytes sei{0,    0,    0,    1,    6,    5,    33,   0x3a, 0xb4, 0xb0, 0x73, 0xd1, 0x14, 0x4e, 0xb7, 0x95, 0xf7,
                  0x6e, 0xb4, 0x1c, 0x27, 0x5a, 0x09, 1,    1,    2,    3,    4,    5,    6,    7,    8,
                  // 0 0 0 0 0 0 0 2 with emulation prevention
                  0,    0,    3,    0,    0,    3,    0,    0,    3,    0,    2,    0x80};
  Bytes expected(keyFrame.begin(), keyFrame.begin() + 13);
  expected.insert(expected.end(), sei.begin(), sei.end());
  expected.insert(expected.end(), keyFrame.begin() + 13, keyFrame.end());
  CHECK(unit == expected);
  CHECK(findCaptureInfo(unit) == (CaptureInfo{CaptureInfo::Clock::monotonic, 0x0102030405060708, 2}));
}

void standsBeforeTheSlice() {
  Bytes unit{0, 0, 1, 0x41, 7};
  insertCaptureInfo(unit, {});
  CHECK(testing::nalUnits(unit).size() == 2 && testing::nalUnits(unit)[1][0] == 0x41 && findCaptureInfo(unit) == CaptureInfo{});
  Bytes empty;
  insertCaptureInfo(empty, {});
  CHECK(findCaptureInfo(empty) == CaptureInfo{});
}

void findsItAmongOthers() {
  CHECK(!findCaptureInfo({}) && !findCaptureInfo(keyFrame));
  // Another message of 300 bytes (5, 255 + 45), then ours in the same NAL unit; and somebody else's user data.
  Bytes ours;
  insertCaptureInfo(ours, {CaptureInfo::Clock::realtime, -5, 77});
  Bytes unit{0, 0, 1, 6, 5, 255, 45};
  unit.insert(unit.end(), 300, 0x11);
  unit.insert(unit.end(), ours.begin() + 5, ours.end());
  CHECK(findCaptureInfo(unit) == (CaptureInfo{CaptureInfo::Clock::realtime, -5, 77}));
  Bytes other = ours;
  other[7]++;
  CHECK(!findCaptureInfo(other));
  other.insert(other.end(), ours.begin(), ours.end());
  CHECK(findCaptureInfo(other).has_value());
  // A clock of the future.
  other = ours;
  other[4 + 1 + 2 + 16] = 9;
  CHECK(!findCaptureInfo(other));
  // Not behind the slice: that is the next picture's.
  unit = keyFrame;
  unit.insert(unit.end(), ours.begin(), ours.end());
  CHECK(!findCaptureInfo(unit));
}

void roundTripsAtRandom() {
  std::mt19937_64 random(9);
  for (int round = 0; round < 20'000; round++) {
    CaptureInfo info;
    info.clock = static_cast<CaptureInfo::Clock>(random() % 2);
    // Many zeros and small bytes, which need emulation prevention.
    info.capturedUs = static_cast<std::int64_t>(random() & random() & random() & 0x03ff'03ff'00ff'03ff);
    info.deviceId = random() & random() & random() & random();
    Bytes unit = keyFrame;
    insertCaptureInfo(unit, info);
    const auto nals = testing::nalUnits(unit);
    CHECK(nals.size() == 4);
    for (std::size_t i = 2; i < nals[2].size(); i++) {
      CHECK(nals[2][i] > 2 || nals[2][i - 1] != 0 || nals[2][i - 2] != 0);
    }
    CHECK(findCaptureInfo(unit) == info);
    const auto begin = static_cast<std::size_t>(nals[2].data() - unit.data());
    if (round < 100) {
      for (std::size_t size = begin; size < begin + nals[2].size() - 1; size++) CHECK(!findCaptureInfo({unit.data(), size}));
    }
  }
}

}  // namespace

int main() {
  writesTheMessage();
  standsBeforeTheSlice();
  findsItAmongOthers();
  roundTripsAtRandom();
}
