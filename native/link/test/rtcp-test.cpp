#include "link/rtcp.h"

#include <random>

#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

/// Writes, compares, and reads back.
RtcpMessage through(const RtcpMessage& message, const Bytes& expected) {
  Bytes out;
  CHECK(writeRtcp(message, out, expected.size()));
  CHECK(out == expected);
  CHECK(isRtcp(out));
  CHECK(!writeRtcp(message, out, expected.size() - 1) && out == expected);
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(out, messages) && messages.size() == 1);
  for (std::size_t size = 0; size < out.size(); size++) {
    std::vector<RtcpMessage> none;
    CHECK(!parseRtcp({out.data(), size}, none) && none.empty());
  }
  return messages[0];
}

void reports() {
  const ReportBlock block{2, 64, -1, 0x10005, 90, 0xaabbccdd, 0x8000};
  const Bytes blockBytes{0, 0, 0, 2, 64, 0xff, 0xff, 0xff, 0, 1, 0, 5, 0, 0, 0, 90, 0xaa, 0xbb, 0xcc, 0xdd, 0, 0, 0x80, 0};
  Bytes expected{0x81, 200, 0, 12, 0, 0, 0, 1, 0xeb, 0, 0, 1, 0x80, 0, 0, 0, 0, 1, 0x5f, 0x90, 0, 0, 0, 7, 0, 0, 4, 0};
  expected.insert(expected.end(), blockBytes.begin(), blockBytes.end());
  const auto sent = std::get<SenderReport>(through(SenderReport{1, 0xeb00000180000000, 90000, 7, 1024, {block}}, expected));
  CHECK(sent.ssrc == 1 && sent.ntp == 0xeb00000180000000 && sent.timestamp == 90000 && sent.packets == 7 && sent.octets == 1024);
  CHECK(sent.blocks.size() == 1);

  expected = {0x81, 201, 0, 7, 0, 0, 0, 1};
  expected.insert(expected.end(), blockBytes.begin(), blockBytes.end());
  const auto received = std::get<ReceiverReport>(through(ReceiverReport{1, {block}}, expected));
  const ReportBlock& back = received.blocks.at(0);
  CHECK(back.ssrc == 2 && back.fractionLost == 64 && back.cumulativeLost == -1 && back.highestSequence == 0x10005);
  CHECK(back.jitter == 90 && back.lastSenderReport == 0xaabbccdd && back.delaySinceSenderReport == 0x8000);

  Bytes out;
  CHECK(writeRtcp(ReceiverReport{1, {{.cumulativeLost = 1 << 30}}}, out, 100));
  CHECK(out[13] == 0x7f && out[14] == 0xff && out[15] == 0xff);
  CHECK(!writeRtcp(ReceiverReport{1, std::vector<ReportBlock>(32)}, out, 10'000));
  // Profile extensions behind the blocks.
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(Bytes{0x80, 201, 0, 2, 0, 0, 0, 1, 9, 9, 9, 9}, messages) && messages.size() == 1);
  // More blocks than bytes.
  CHECK(!parseRtcp(Bytes{0x9f, 201, 0, 1, 0, 0, 0, 1}, messages) && messages.size() == 1);
}

void nacks() {
  // 65534 and the following 1, 3 and 16; then one too far for that.
  const Bytes expected{0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0x80, 0x05, 0, 100, 0, 0};
  const auto back = std::get<Nack>(through(Nack{1, 2, {65534, 65535, 1, 14, 100}}, expected));
  CHECK(back.senderSsrc == 1 && back.mediaSsrc == 2);
  CHECK((back.sequences == std::vector<std::uint16_t>{65534, 65535, 1, 14, 100}));
  Bytes out;
  CHECK(!writeRtcp(Nack{1, 2, {}}, out, 100) && out.empty());
}

void keyFrames() {
  const auto pli = std::get<KeyFrameRequest>(through(KeyFrameRequest{1, 2, false, 0}, {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}));
  CHECK(pli.senderSsrc == 1 && pli.mediaSsrc == 2 && !pli.full);
  const auto fir = std::get<KeyFrameRequest>(
      through(KeyFrameRequest{1, 2, true, 7}, {0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 0, 0, 0}));
  CHECK(fir.mediaSsrc == 2 && fir.full && fir.command == 7);
}

void compounds() {
  Bytes out;
  CHECK(writeRtcp(ReceiverReport{1, {}}, out, 1200));
  // Source description, and application-defined feedback (REMB): skipped.
  out.insert(out.end(), {0x81, 202, 0, 3, 0, 0, 0, 1, 1, 2, 'a', 'b', 0, 0, 0, 0});
  out.insert(out.end(), {0x8f, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B'});
  CHECK(writeRtcp(TransportFeedback{1, 2, 3, {{7, true, 64'000}}}, out, 1200));
  CHECK(writeRtcp(CongestionFeedback{1, 5, {{2, 9, {{true, 1, 3}}}}}, out, 1200));
  const std::size_t last = out.size();
  CHECK(writeRtcp(Nack{1, 2, {4}}, out, 1200));
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(out, messages) && messages.size() == 4);
  CHECK(std::get<TransportFeedback>(messages[1]).packets[0].arrivedUs == 64'000);
  CHECK(std::get<CongestionFeedback>(messages[2]).streams[0].packets[0].arrivalOffset == 3);
  CHECK(std::get<Nack>(messages[3]).sequences.size() == 1);
  // A broken one among sound ones, and a length beyond the end.
  messages.clear();
  out[3] = 0;
  out.erase(out.begin() + 4, out.begin() + 8);
  CHECK(!parseRtcp(out, messages) && messages.size() == 3);
  messages.clear();
  out[last - 4 + 3]++;
  CHECK(!parseRtcp(out, messages) && messages.size() == 2);
}

/// A run of 8,191 lost packets takes 24 bytes, and 60 of them fit in a datagram.
void feedbackOfOneDatagramIsBounded() {
  const Bytes run{0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0x1f, 0xff, 0, 0, 0, 0, 0x1f, 0xff, 0, 0};
  Bytes datagram;
  for (int i = 0; i < 60; i++) datagram.insert(datagram.end(), run.begin(), run.end());
  CHECK(writeRtcp(TransportFeedback{1, 2, 3, {{7, true, 64'000}}}, datagram, 1'500));
  CHECK(writeRtcp(Nack{1, 2, {4}}, datagram, 1'500));
  std::vector<RtcpMessage> messages;
  CHECK(!parseRtcp(datagram, messages) && messages.size() == 3);
  CHECK(std::get<TransportFeedback>(messages[0]).packets.size() == 8'191);
  CHECK(std::get<TransportFeedback>(messages[1]).packets.size() == 1 && std::get<Nack>(messages[2]).sequences.size() == 1);
}

void padding() {
  std::vector<RtcpMessage> messages;
  CHECK(parseRtcp(Bytes{0xa1, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4}, messages) && messages.size() == 1);
  CHECK(!parseRtcp(Bytes{0xa1, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0}, messages));
  CHECK(!parseRtcp(Bytes{0xa1, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 9}, messages));
  CHECK(messages.size() == 1);
}

void tellsRtcpFromRtp() {
  CHECK(!isRtcp(Bytes{}) && !isRtcp(Bytes{0x80, 200, 0}) && !isRtcp(Bytes{0x40, 200, 0, 0}));
  CHECK(isRtcp(Bytes{0x80, 203, 0, 0}) && isRtcp(Bytes{0x80, 192, 0, 0}) && isRtcp(Bytes{0x80, 223, 0, 0}));
  CHECK(!isRtcp(Bytes{0x80, 96, 0, 0}) && !isRtcp(Bytes{0x80, 0xe0, 0, 0}));
}

void roundTripsNacksAtRandom() {
  std::mt19937 random(3);
  for (int round = 0; round < 5000; round++) {
    Nack nack{static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random()), {}};
    auto sequence = static_cast<std::uint16_t>(random());
    for (std::size_t i = 0, count = 1 + random() % 40; i < count; i++) {
      nack.sequences.push_back(sequence);
      sequence = static_cast<std::uint16_t>(sequence + 1 + random() % (random() % 4 == 0 ? 5000 : 5));
    }
    Bytes out;
    CHECK(writeRtcp(nack, out, 1200));
    std::vector<RtcpMessage> messages;
    CHECK(parseRtcp(out, messages) && std::get<Nack>(messages.at(0)).sequences == nack.sequences);
  }
}

}  // namespace

int main() {
  reports();
  nacks();
  keyFrames();
  compounds();
  feedbackOfOneDatagramIsBounded();
  padding();
  tellsRtcpFromRtp();
  roundTripsNacksAtRandom();
}
