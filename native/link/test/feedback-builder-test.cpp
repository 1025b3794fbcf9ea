#include "link/feedback-builder.h"

#include <limits>
#include <map>
#include <random>
#include <set>

#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t second = 1'000'000;

template <typename Message>
Message parse(const Bytes& bytes) {
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(bytes, messages) && messages.size() == 1 && std::holds_alternative<Message>(messages[0]));
  return std::get<Message>(messages[0]);
}

struct Rig {
  explicit Rig(FeedbackBuilder::Kind kind = FeedbackBuilder::Kind::congestion)
      : builder({.kind = kind, .ownSsrc = 99}) {}
  FeedbackBuilder builder;
  Bytes bytes;
  bool build(std::int64_t nowUs, std::size_t maxBytes = 1200) {
    bytes.clear();
    const bool built = builder.build(nowUs, maxBytes, bytes);
    CHECK(built == !bytes.empty() && bytes.size() <= maxBytes);
    return built;
  }
  CongestionFeedback congestion() { return parse<CongestionFeedback>(bytes); }
};

void atTheEndOfAFrame() {
  Rig rig;
  CHECK(rig.builder.wakeUs() == never && !rig.build(second));
  rig.builder.onPacket(7, 100, second, 2, false);
  rig.builder.onPacket(7, 101, second + 500, 3, false);
  CHECK(rig.builder.wakeUs() == second + 5000);
  rig.builder.onPacket(7, 102, second + 1000, 0, true);
  CHECK(rig.builder.wakeUs() == second + 1000 && !rig.build(second + 999) && rig.build(second + 1000));
  auto report = rig.congestion();
  CHECK(report.senderSsrc == 99 && report.streams.size() == 1 && report.streams[0].ssrc == 7);
  CHECK(report.timestamp == (second + 1000) * 65536 / second);
  const auto& packets = report.streams[0].packets;
  CHECK(report.streams[0].beginSequence == 100 && packets.size() == 3);
  CHECK(packets[0].received && packets[0].ecn == 2 && packets[0].arrivalOffset == 1);
  CHECK(packets[1].ecn == 3 && packets[1].arrivalOffset == 1 && packets[2].arrivalOffset == 0);
  CHECK(rig.builder.wakeUs() == never && !rig.build(second + 2000));
}

void floorBetweenReports() {
  Rig rig;
  rig.builder.onPacket(7, 0, second, 0, true);
  CHECK(rig.build(second));
  rig.builder.onPacket(7, 1, second + 1000, 0, true);
  CHECK(rig.builder.wakeUs() == second + 5000 && !rig.build(second + 4999) && rig.build(second + 5000));
  // During a long frame, that long after the first packet that no report told of.
  rig.builder.onPacket(7, 2, second + 20'000, 0, false);
  rig.builder.onPacket(7, 3, second + 24'000, 0, false);
  CHECK(rig.builder.wakeUs() == second + 25'000 && rig.build(second + 25'000));
}

void overlaps() {
  Rig rig;
  std::int64_t nowUs = second;
  for (int report = 0; report < 20; report++) {
    for (int i = 0; i < 10; i++) rig.builder.onPacket(7, 65500 + report * 10 + i, nowUs, 0, i == 9);
    CHECK(rig.build(nowUs));
    const auto stream = rig.congestion().streams[0];
    CHECK(stream.packets.size() == (report == 0 ? 10 : 20));
    CHECK(stream.beginSequence == static_cast<std::uint16_t>(65500 + (report == 0 ? 0 : report - 1) * 10));
    nowUs += 10'000;
  }
}

/// A gap is told of when it is older than the reorder guard, and what is behind it with it.
void gaps() {
  Rig rig;
  rig.builder.onPacket(7, 0, second, 0, false);
  rig.builder.onPacket(7, 2, second + 100, 0, true);
  CHECK(rig.build(second + 100));
  CHECK(rig.congestion().streams[0].packets.size() == 1);
  CHECK(rig.builder.wakeUs() == second + 5100);
  CHECK(rig.build(second + 5100));
  auto packets = rig.congestion().streams[0].packets;
  CHECK(packets.size() == 3 && packets[0].received && !packets[1].received && packets[2].received);
  // It comes after all: the next report says so, even though it was told of.
  rig.builder.onPacket(7, 3, second + 12'000, 0, true);
  CHECK(rig.build(second + 12'000));
  rig.builder.onPacket(7, 4, second + 20'000, 0, true);
  CHECK(rig.build(second + 20'000));
  rig.builder.onPacket(7, 1, second + 25'000, 0, false);
  rig.builder.onPacket(7, 5, second + 28'000, 0, true);
  CHECK(rig.build(second + 28'000));
  const auto stream = rig.congestion().streams[0];
  CHECK(stream.beginSequence == 1 && stream.packets.size() == 5 && stream.packets[0].received);
}

void allStreams() {
  Rig rig;
  rig.builder.onPacket(7, 0, second, 0, false);
  rig.builder.onPacket(8, 500, second, 0, false);
  rig.builder.onPacket(9, 900, second, 0, false);
  rig.builder.onPacket(7, 1, second, 0, true);
  CHECK(rig.build(second) && rig.congestion().streams.size() == 3);
  // Only those of which there is news.
  rig.builder.onPacket(8, 501, second + 10'000, 0, false);
  CHECK(rig.build(second + 15'000));
  CHECK(rig.congestion().streams.size() == 1 && rig.congestion().streams[0].ssrc == 8);
  // A fifth stream takes the place of the one that was silent longest; another numbering begins anew.
  rig.builder.onPacket(10, 1, second + 16'000, 0, false);
  rig.builder.onPacket(11, 1, second + 16'000, 0, false);
  rig.builder.resetStream(8);
  rig.builder.onPacket(8, 40'000, second + 17'000, 0, false);
  CHECK(rig.build(second + 30'000));
  CHECK(rig.congestion().streams.size() == 3);
  for (const auto& stream : rig.congestion().streams) CHECK(stream.packets.size() == 1);
}

void bounded() {
  Rig rig;
  // 900 packets since the last report, in two streams: several reports at once, all of it told.
  for (int i = 0; i < 900; i++) rig.builder.onPacket(7, i, second, 0, false);
  for (int i = 0; i < 900; i++) rig.builder.onPacket(8, i * 2, second, 0, i == 899);
  std::map<std::uint32_t, std::set<std::uint16_t>> told;
  std::int64_t nowUs = second + 10'000;
  int reports = 0;
  while (rig.build(nowUs)) {
    reports++;
    for (const auto& stream : rig.congestion().streams) {
      for (std::size_t i = 0; i < stream.packets.size(); i++) {
        if (stream.packets[i].received) told[stream.ssrc].insert(static_cast<std::uint16_t>(stream.beginSequence + i));
      }
    }
  }
  // Of the second stream as many as are remembered.
  CHECK(told[7].size() == 900 && told[8].size() == ArrivalHistory::span / 2);
  CHECK(reports >= 3 && reports <= 6);
  // Too little room is no report, and no end of them either.
  rig.builder.onPacket(7, 901, nowUs, 0, true);
  CHECK(!rig.build(nowUs + 10'000, 20));
}

void farOld() {
  Rig rig;
  rig.builder.onPacket(7, 0, second, 0, false);
  rig.builder.onPacket(7, 1, second * 30, 0, true);
  CHECK(rig.build(second * 30));
  CHECK(rig.congestion().streams[0].packets[0].arrivalOffset == CongestionFeedback::overRange);
  // A duplicate counts by its first arrival, and by its worst mark.
  rig.builder.onPacket(7, 2, second * 40, 1, false);
  rig.builder.onPacket(7, 2, second * 40 + 4000, 3, true);
  CHECK(rig.build(second * 40 + 4000));
  CHECK(rig.congestion().streams[0].packets.back().ecn == 3 && rig.congestion().streams[0].packets.back().arrivalOffset == 4);
}

void transportWide() {
  Rig rig(FeedbackBuilder::Kind::transportWide);
  rig.builder.onPacket(7, 1, second, 0, true);
  CHECK(rig.builder.wakeUs() == never);
  std::set<std::uint16_t> told;
  std::int64_t nowUs = second;
  std::uint16_t sequence = 65'000;
  std::mt19937 random(1);
  std::size_t received = 0;
  for (int report = 0; report < 100; report++) {
    for (int i = 0; i < 12; i++, sequence++) {
      if (random() % 10 == 0 && i != 0 && i != 11) continue;
      rig.builder.onTransportSequence(7, sequence, nowUs += 300, i == 11);
      received++;
    }
    nowUs += 10'000;
    while (rig.build(nowUs)) {
      const auto feedback = parse<TransportFeedback>(rig.bytes);
      CHECK(feedback.mediaSsrc == 7 && feedback.senderSsrc == 99);
      for (const auto& packet : feedback.packets) {
        if (packet.received) CHECK(told.insert(packet.sequence).second);
      }
    }
  }
  CHECK(told.size() == received);
}

/// Arrivals more than 8 s apart do not fit one report.
void transportWidePause() {
  Rig rig(FeedbackBuilder::Kind::transportWide);
  rig.builder.onTransportSequence(7, 1, second, false);
  rig.builder.onTransportSequence(7, 2, second * 20, false);
  rig.builder.onTransportSequence(7, 3, second * 40, true);
  std::size_t told = 0;
  while (rig.build(second * 40)) told += parse<TransportFeedback>(rig.bytes).packets.size();
  CHECK(told == 3);
  // Numbers that jump are another numbering.
  rig.builder.onTransportSequence(7, 30'000, second * 41, true);
  CHECK(rig.build(second * 41) && parse<TransportFeedback>(rig.bytes).packets.size() == 1);
}

void none() {
  Rig rig(FeedbackBuilder::Kind::none);
  rig.builder.onPacket(7, 1, second, 0, true);
  rig.builder.onTransportSequence(7, 1, second, true);
  CHECK(rig.builder.wakeUs() == never && !rig.build(second * 2));
}

}  // namespace

int main() {
  atTheEndOfAFrame();
  floorBetweenReports();
  overlaps();
  gaps();
  allStreams();
  bounded();
  farOld();
  transportWide();
  transportWidePause();
  none();
  return 0;
}
