#include "link/transport-feedback.h"

#include <random>

#include "link/rtcp.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// 16 bytes of header fields: SSRCs 1 and 2, then what is given, then chunks and deltas.
Bytes body(std::uint16_t base, std::uint16_t count, std::uint32_t reference, Bytes rest) {
  const auto byte = [](std::uint32_t value, int shift) { return static_cast<std::uint8_t>(value >> shift); };
  Bytes out{0, 0, 0, 1, 0, 0, 0, 2, byte(base, 8), byte(base, 0), byte(count, 8), byte(count, 0),
            byte(reference, 16), byte(reference, 8), byte(reference, 0), 9};
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

bool same(const TransportFeedback& a, const TransportFeedback& b) {
  if (a.senderSsrc != b.senderSsrc || a.mediaSsrc != b.mediaSsrc || a.count != b.count) return false;
  if (a.packets.size() != b.packets.size()) return false;
  for (std::size_t i = 0; i < a.packets.size(); i++) {
    const auto &x = a.packets[i], &y = b.packets[i];
    if (x.sequence != y.sequence || x.received != y.received) return false;
    if (x.received && (x.arrivedUs - y.arrivedUs) % TransportFeedback::periodUs != 0) return false;
  }
  return true;
}

void readsRunLength() {
  // 2 with small deltas (0x20 0x02), 3 lost (0x00 0x03), 1 with a large one (0x40 0x01); 4, 255, then -2 ticks.
  const auto feedback = parseTransportFeedback(body(0xfffe, 6, 1, {0x20, 2, 0, 3, 0x40, 1, 4, 255, 0xff, 0xfe}));
  CHECK(feedback && feedback->senderSsrc == 1 && feedback->mediaSsrc == 2 && feedback->count == 9);
  const auto& packets = feedback->packets;
  CHECK(packets.size() == 6);
  CHECK(packets[0].sequence == 0xfffe && packets[1].sequence == 0xffff && packets[2].sequence == 0 && packets[5].sequence == 3);
  CHECK(packets[0].received && packets[0].arrivedUs == 64'000 + 1000);
  CHECK(packets[1].arrivedUs == 65'000 + 63'750);
  CHECK(!packets[2].received && !packets[3].received && !packets[4].received);
  CHECK(packets[5].received && packets[5].arrivedUs == 65'000 + 63'750 - 500);
}

void readsVectors() {
  // One bit: 1 0 1, and eleven symbols for packets that are not in the report.
  auto feedback = parseTransportFeedback(body(7, 3, 0, {0xa8, 0x00, 1, 2}));
  CHECK(feedback && feedback->packets.size() == 3 && !feedback->packets[1].received);
  CHECK(feedback->packets[0].arrivedUs == 250 && feedback->packets[2].arrivedUs == 750);
  feedback = parseTransportFeedback(body(7, 3, 0, {0xaf, 0xff, 1, 2}));
  CHECK(feedback && feedback->packets.size() == 3);
  // Two bits: small, lost, large, and a reserved one that is beyond the count.
  feedback = parseTransportFeedback(body(7, 3, 0, {0xd2, 0xc0, 1, 0x7f, 0xff}));
  CHECK(feedback && feedback->packets[2].arrivedUs == 250 + 32767 * 250);
  CHECK(!parseTransportFeedback(body(7, 4, 0, {0xd2, 0xc0, 1, 0x7f, 0xff})));
  // A run that is longer than the report.
  feedback = parseTransportFeedback(body(7, 2, 0, {0x3f, 0xff, 1, 2}));
  CHECK(feedback && feedback->packets.size() == 2);
  CHECK(!parseTransportFeedback(body(7, 2, 0, {0x60, 2, 1, 2})));
  CHECK(!parseTransportFeedback(body(7, 0, 0, {})));
  CHECK(!parseTransportFeedback(body(7, 8193, 0, {0x1f, 0xff, 0x1f, 0xff})));
  CHECK(parseTransportFeedback(body(7, 8192, 0, {0x1f, 0xff, 0x00, 0x01})));
  // Runs of nothing never fill a report.
  CHECK(!parseTransportFeedback(body(7, 1, 0, Bytes(64, 0))));
}

void readsPadding() {
  // libwebrtc fills the last word with RTCP padding: 1 byte here.
  const Bytes rtcp{0xaf, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 1, 0, 0, 2, 3, 0x20, 1, 0x10, 1};
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(rtcp, messages) && messages.size() == 1);
  CHECK(std::get<TransportFeedback>(messages[0]).packets[0].arrivedUs == 2 * 64'000 + 16 * 250);
}

void writesShortest() {
  TransportFeedback feedback{1, 2, 9, {}};
  // 20 packets 1 ms apart: one run of small deltas.
  for (std::uint16_t i = 0; i < 20; i++) feedback.packets.push_back({i, true, 128'000 + i * 1000});
  Bytes out;
  CHECK(writeTransportFeedback(feedback, out));
  Bytes expected{0x20, 20, 0};
  expected.insert(expected.end(), 19, 4);
  CHECK(out == body(0, 20, 2, expected));
  // A loss among them: one vector of 14, and the rest as a run.
  feedback.packets[3].received = false;
  out.clear();
  CHECK(writeTransportFeedback(feedback, out));
  CHECK(out[16] == 0xbb && out[17] == 0xff && out[18] == 0x20 && out[19] == 6 && out[20] == 0 && out[23] == 8);
}

void wraps() {
  // The last 64 ms of the reference time, and over its end.
  TransportFeedback feedback{1, 2, 0, {}};
  const std::int64_t end = TransportFeedback::periodUs;
  feedback.packets = {{0xffff, true, end - 1000}, {0, true, end + 1000}, {1, true, end - 500}};
  Bytes out;
  CHECK(writeTransportFeedback(feedback, out));
  const auto back = parseTransportFeedback(out);
  CHECK(back && same(feedback, *back));
}

void refusesWhatCannotBeWritten() {
  Bytes out;
  CHECK(!writeTransportFeedback({1, 2, 0, {}}, out));
  CHECK(!writeTransportFeedback({1, 2, 0, {{1, true, 0}, {3, true, 0}}}, out));
  CHECK(!writeTransportFeedback({1, 2, 0, {{1, true, 0}, {2, true, 8'192'000}}}, out));
  CHECK(writeTransportFeedback({1, 2, 0, {{1, true, 0}, {2, true, 8'191'750}}}, out));
  std::vector<TransportFeedback::Packet> tooMany(8193);
  for (std::size_t i = 0; i < tooMany.size(); i++) tooMany[i].sequence = static_cast<std::uint16_t>(i);
  CHECK(!writeTransportFeedback({1, 2, 0, tooMany}, out));
}

void roundTripsAtRandom() {
  std::mt19937 random(1);
  for (int round = 0; round < 5000; round++) {
    TransportFeedback feedback{static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()), static_cast<std::uint8_t>(random()), {}};
    std::int64_t us = static_cast<std::int64_t>(random() % 1'000'000) * 250;
    auto sequence = static_cast<std::uint16_t>(random());
    const std::uint32_t lossPercent = random() % 101, largePercent = random() % 101;
    const std::size_t count = 1 + random() % (round % 100 == 0 ? 8192 : 60);
    for (std::size_t i = 0; i < count; i++) {
      const bool received = random() % 100 >= lossPercent;
      if (received) us += random() % 100 < largePercent ? static_cast<int>(random() % 20'000 - 10'000) * 250 : random() % 256 * 250;
      feedback.packets.push_back({sequence++, received, received ? us : 0});
    }
    Bytes out;
    CHECK(writeTransportFeedback(feedback, out));
    const auto back = parseTransportFeedback(out);
    CHECK(back && same(feedback, *back));
    // Every byte counts: without the last one a chunk or a delta is missing.
    for (std::size_t size = 0; size < out.size(); size += 1 + size / 300) CHECK(!parseTransportFeedback({out.data(), size}));
  }
}

}  // namespace

int main() {
  readsRunLength();
  readsVectors();
  readsPadding();
  writesShortest();
  wraps();
  refusesWhatCannotBeWritten();
  roundTripsAtRandom();
}
