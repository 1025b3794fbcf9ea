#include "link/rtp-packet.h"

#include <array>
#include <random>
#include <vector>

#include "link/ntp-time.h"
#include "link/rtp-extensions.h"
#include "link/rtx.h"
#include "link/test/unix-time.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

Bytes write(const RtpHeader& header, std::span<const RtpExtension> extensions, std::size_t room = 2000) {
  Bytes out(room, 0xff);
  out.resize(writeRtpHeader(header, extensions, out));
  return out;
}

const RtpHeader header{.sequence = 0x1234, .timestamp = 90'000, .ssrc = 0xaabbccdd, .payloadType = 96, .marker = true};

void headerAlone() {
  const Bytes expected{0x80, 0xe0, 0x12, 0x34, 0, 1, 0x5f, 0x90, 0xaa, 0xbb, 0xcc, 0xdd};
  CHECK(write(header, {}) == expected);
  CHECK(write(header, std::array<RtpExtension, 1>{}) == expected);
  const auto packet = parseRtp(expected);
  CHECK(packet && packet->sequence == 0x1234 && packet->timestamp == 90'000 && packet->ssrc == 0xaabbccdd);
  CHECK(packet->payloadType == 96 && packet->marker && packet->payload.empty() && packet->extension(1).empty());
  Bytes small(11);
  CHECK(writeRtpHeader(header, {}, small) == 0);
}

void oneByteForm() {
  const auto sequence = makeTransportSequence(0x0102);
  const auto delay = makePlayoutDelay({20, 500});
  const auto capture = makeAbsoluteCaptureTime(0x0102030405060708);
  const std::array<RtpExtension, 4> extensions{{{3, sequence}, {0, delay}, {14, capture}, {2, delay}}};
  Bytes bytes = write(header, extensions);
  CHECK((Bytes(bytes.begin() + 12, bytes.end()) ==
         Bytes{0xbe, 0xde, 0, 4, 0x31, 1, 2, 0xe7, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 0, 0x20, 0x32}));
  CHECK(bytes[0] == 0x90);
  bytes.push_back(42);
  const auto packet = parseRtp(bytes);
  CHECK(packet && of(packet->payload) == Bytes{42});
  CHECK(parseTransportSequence(packet->extension(3)) == 0x0102);
  CHECK(of(packet->extension(14)) == of(capture) && of(packet->extension(2)) == of(delay));
  CHECK(packet->extension(0).empty() && packet->extension(1).empty() && packet->extension(15).empty());
  for (std::size_t room = 0; room < bytes.size() - 1; room++) CHECK(write(header, extensions, room).empty());
  CHECK(!parseTransportSequence({}));
}

void twoByteForm() {
  const Bytes large(17, 7), one{9};
  const std::array<RtpExtension, 3> extensions{{{1, large}, {200, one}, {3, {}}}};
  const Bytes bytes = write(header, extensions);
  CHECK(bytes[12] == 0x10 && bytes[13] == 0 && bytes[15] == 6 && bytes[16] == 1 && bytes[17] == 17);
  const auto packet = parseRtp(bytes);
  CHECK(packet && of(packet->extension(1)) == large && of(packet->extension(200)) == one && packet->extension(3).empty());
  const Bytes tooLarge(256);
  CHECK(write(header, std::array<RtpExtension, 1>{{{1, tooLarge}}}).empty());
  // The lowest bits of the profile are the application's.
  Bytes marked = bytes;
  marked[13] = 0x05;
  CHECK(of(parseRtp(marked)->extension(200)) == one);
  marked[12] = 0x11;
  CHECK(parseRtp(marked)->extension(200).empty());
}

/// Elements behind a fixed header.
RtpPacket withElements(const Bytes& elements, Bytes& storage) {
  storage = write(header, {});
  storage[0] |= 0x10;
  storage.insert(storage.end(), {0xbe, 0xde, 0, static_cast<std::uint8_t>(elements.size() / 4)});
  storage.insert(storage.end(), elements.begin(), elements.end());
  const auto packet = parseRtp(storage);
  CHECK(packet);
  return *packet;
}

void brokenElements() {
  Bytes storage;
  // Padding between elements.
  CHECK(of(withElements({0, 0, 0x10, 7, 0, 0x20, 8, 0}, storage).extension(2)) == Bytes{8});
  // 15 ends it, and so does padding with a length.
  CHECK(withElements({0xf0, 7, 0x20, 8}, storage).extension(2).empty());
  CHECK(withElements({0x01, 7, 0x20, 8}, storage).extension(2).empty());
  CHECK(of(withElements({0x10, 7, 0xf0, 8}, storage).extension(1)) == Bytes{7});
  // Longer than what is left.
  CHECK(withElements({0x10, 7, 0x21, 8}, storage).extension(2).empty());
}

void lengthsThatDoNotAddUp() {
  Bytes bytes = write(header, {});
  for (std::size_t size = 0; size < 12; size++) CHECK(!parseRtp({bytes.data(), size}));
  bytes[0] = 0x82;
  CHECK(!parseRtp(bytes));
  bytes.resize(20);
  CHECK(parseRtp(bytes) && parseRtp(bytes)->payload.empty());
  bytes[0] = 0xa0;
  CHECK(!parseRtp(bytes));
  bytes.back() = 8;
  CHECK(parseRtp(bytes) && parseRtp(bytes)->payload.empty());
  bytes.back() = 9;
  CHECK(!parseRtp(bytes));
  bytes[0] = 0x90;
  bytes[15] = 2;
  CHECK(!parseRtp(bytes));
  bytes[1] = 72;
  bytes[0] = 0x80;
  CHECK(!parseRtp(bytes));
}

void retransmission() {
  const RtpHeader rtx{.sequence = 5, .timestamp = 90'000, .ssrc = 8, .payloadType = 97, .marker = true};
  const auto sequence = makeTransportSequence(77);
  const std::array<RtpExtension, 1> extensions{{{3, sequence}}};
  Bytes bytes(100);
  const std::size_t size = writeRtxHeader(rtx, extensions, 0xfffe, bytes);
  CHECK(size == 12 + 4 + 4 + 2);
  for (std::size_t room = 0; room < size; room++) CHECK(writeRtxHeader(rtx, extensions, 1, {bytes.data(), room}) == 0);
  bytes.resize(size);
  CHECK(writeRtxHeader(rtx, extensions, 0xfffe, bytes) == size);
  bytes.insert(bytes.end(), {1, 2, 3});
  const auto packet = restoreRtx(*parseRtp(bytes), 7, 96);
  CHECK(packet && packet->sequence == 0xfffe && packet->ssrc == 7 && packet->payloadType == 96 && packet->marker);
  CHECK(packet->timestamp == 90'000 && of(packet->payload) == (Bytes{1, 2, 3}));
  CHECK(parseTransportSequence(packet->extension(3)) == 77);
  const Bytes padding = write(rtx, {});
  CHECK(!restoreRtx(*parseRtp(padding), 7, 96));
}

void ntp() {
  CHECK(ntpFromUnixUs(0) == std::uint64_t{2'208'988'800} << 32);
  CHECK(ntpFromUnixUs(500'000) == (std::uint64_t{2'208'988'800} << 32 | 0x8000'0000));
  CHECK(ntpMiddle(0x1122334455667788) == 0x33445566);
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; i++) {
    const auto us = static_cast<std::int64_t>(random() % (std::uint64_t{0xffff'ffff} * 1'000'000));
    CHECK(testing::unixUs(ntpFromUnixUs(us)) == us);
  }
}

void roundTripsAtRandom() {
  std::mt19937 random(8);
  for (int round = 0; round < 5000; round++) {
    std::vector<Bytes> data(random() % 8);
    std::vector<RtpExtension> extensions;
    const bool large = random() % 2 == 0;
    for (std::size_t i = 0; i < data.size(); i++) {
      data[i].resize(large ? random() % 256 : 1 + random() % 16);
      for (auto& byte : data[i]) byte = static_cast<std::uint8_t>(random());
      extensions.push_back({static_cast<std::uint8_t>(i + 1 + (large ? random() % 20 * 10 : 0)), data[i]});
    }
    Bytes bytes = write(header, extensions);
    const auto packet = parseRtp(bytes);
    CHECK(packet && packet->payload.empty());
    for (std::size_t i = 0; i < data.size(); i++) {
      const auto first = std::find_if(extensions.begin(), extensions.end(), [&](const auto& e) { return e.id == extensions[i].id; });
      CHECK(of(packet->extension(extensions[i].id)) == of(first->data));
    }
    bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    if (const auto damaged = parseRtp(bytes)) {
      for (int id = 0; id < 256; id++) (void)of(damaged->extension(static_cast<std::uint8_t>(id)));
    }
  }
}

}  // namespace

int main() {
  headerAlone();
  oneByteForm();
  twoByteForm();
  brokenElements();
  lengthsThatDoNotAddUp();
  retransmission();
  ntp();
  roundTripsAtRandom();
}
