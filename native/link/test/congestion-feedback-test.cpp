#include "link/congestion-feedback.h"

#include <random>

#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

bool same(const CongestionFeedback& a, const CongestionFeedback& b) {
  if (a.senderSsrc != b.senderSsrc || a.timestamp != b.timestamp || a.streams.size() != b.streams.size()) return false;
  for (std::size_t s = 0; s < a.streams.size(); s++) {
    const auto &x = a.streams[s], &y = b.streams[s];
    if (x.ssrc != y.ssrc || x.beginSequence != y.beginSequence || x.packets.size() != y.packets.size()) return false;
    for (std::size_t i = 0; i < x.packets.size(); i++) {
      const auto &p = x.packets[i], &q = y.packets[i];
      if (p.received != q.received || p.ecn != q.ecn || p.arrivalOffset != q.arrivalOffset) return false;
    }
  }
  return true;
}

const Bytes sample{
    0, 0, 0, 1,              // sender
    0, 0, 0, 2,              // first stream
    0xff, 0xff, 0, 3,        // from 65535, three packets
    0x80, 0x0a, 0x00, 0x00,  // 10/1024 s ago; lost
    0xff, 0xfe, 0x00, 0x00,  // CE and over range; padding
    0, 0, 0, 3,              // second stream
    0, 5, 0, 2,              // from 5, two packets
    0xbf, 0xff, 0x60, 0x01,  // ECT(1), arrived after the timestamp; not received, the rest is ignored
    0x12, 0x34, 0x56, 0x78,  // timestamp
};

void readsAndWrites() {
  const auto feedback = parseCongestionFeedback(sample);
  CHECK(feedback);
  const CongestionFeedback expected{
      1,
      0x12345678,
      {{2, 0xffff, {{true, 0, 10}, {false, 0, 0}, {true, 3, CongestionFeedback::overRange}}},
       {3, 5, {{true, 1, CongestionFeedback::unknown}, {false, 0, 0}}}}};
  CHECK(same(*feedback, expected));
  Bytes out;
  CHECK(writeCongestionFeedback(expected, out));
  Bytes clean = sample;
  clean[30] = clean[31] = 0;
  CHECK(out == clean);
  const auto empty = parseCongestionFeedback(Bytes{0, 0, 0, 1, 0, 0, 0, 2});
  CHECK(empty && empty->streams.empty() && empty->timestamp == 2);
}

void refuses() {
  // Cut anywhere but where a stream ends.
  for (std::size_t size = 0; size < sample.size(); size++) {
    const bool whole = size == 8 || size == 24;
    CHECK(parseCongestionFeedback({sample.data(), size}).has_value() == whole);
  }
  Bytes more = sample;
  more[11] = 7;
  CHECK(!parseCongestionFeedback(more));
  Bytes out;
  CHECK(!writeCongestionFeedback({1, 2, {{1, 0, std::vector<CongestionFeedback::Packet>(16385)}}}, out));
  CHECK(!writeCongestionFeedback({1, 2, {{1, 0, {{true, 4, 0}}}}}, out));
  CHECK(!writeCongestionFeedback({1, 2, {{1, 0, {{true, 0, 0x2000}}}}}, out));
}

void roundTripsAtRandom() {
  std::mt19937 random(2);
  for (int round = 0; round < 5000; round++) {
    CongestionFeedback feedback;
    feedback.senderSsrc = static_cast<std::uint32_t>(random());
    feedback.timestamp = static_cast<std::uint32_t>(random());
    feedback.streams.resize(random() % 4);
    for (auto& stream : feedback.streams) {
      stream.ssrc = static_cast<std::uint32_t>(random());
      stream.beginSequence = static_cast<std::uint16_t>(random());
      stream.packets.resize(random() % 50);
      for (auto& packet : stream.packets) {
        if (random() % 5 != 0) packet = {true, static_cast<std::uint8_t>(random() % 4), static_cast<std::uint16_t>(random() % 8192)};
      }
    }
    Bytes out;
    CHECK(writeCongestionFeedback(feedback, out) && out.size() % 4 == 0);
    const auto back = parseCongestionFeedback(out);
    CHECK(back && same(feedback, *back));
    if (!out.empty()) out[random() % out.size()] = static_cast<std::uint8_t>(random());
    (void)parseCongestionFeedback(out);
  }
}

}  // namespace

int main() {
  readsAndWrites();
  refuses();
  roundTripsAtRandom();
}
