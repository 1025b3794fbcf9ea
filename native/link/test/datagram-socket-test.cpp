#include "link/datagram-socket.h"

#include <poll.h>

#include <cerrno>
#include <numeric>
#include <string>
#include <vector>

#include "link/clock.h"
#include "link/test/network.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

SocketAddress at(const std::string& host, std::uint16_t port = 0) {
  const auto address = parseAddress(host, port);
  CHECK(address);
  return *address;
}

struct Received {
  std::vector<Bytes> datagrams;
  std::vector<std::int64_t> arrivedUs;
  std::vector<std::uint8_t> ecn;
  SocketAddress from;
};

Received await(DatagramSocket& socket, std::size_t count) {
  Received all;
  while (all.datagrams.size() < count) {
    pollfd waiting{socket.descriptor(), POLLIN, 0};
    CHECK(::poll(&waiting, 1, 5000) == 1);
    for (const auto& packet : socket.receive()) {
      all.datagrams.emplace_back(packet.bytes.begin(), packet.bytes.end());
      all.arrivedUs.push_back(packet.arrivedUs);
      all.ecn.push_back(packet.ecn);
      all.from = *packet.from;
    }
  }
  return all;
}

std::vector<Bytes> datagramsOf(std::initializer_list<std::size_t> sizes) {
  std::vector<Bytes> datagrams;
  for (const std::size_t size : sizes) {
    datagrams.emplace_back(size);
    std::iota(datagrams.back().begin(), datagrams.back().end(), static_cast<std::uint8_t>(datagrams.size()));
  }
  return datagrams;
}

std::vector<DatagramSocket::Outgoing> outgoing(const std::vector<Bytes>& datagrams, const SocketAddress* to = nullptr) {
  std::vector<DatagramSocket::Outgoing> out;
  for (const Bytes& bytes : datagrams) out.push_back({bytes, to});
  return out;
}

void carriesBatches(const std::string& host, bool connected, bool segmentation) {
  auto receiver = DatagramSocket::open({.local = at(host)});
  CHECK(receiver);
  const SocketAddress to = receiver->localAddress();
  auto sender = DatagramSocket::open({.local = at(host),
                                      .peer = connected ? std::optional(to) : std::nullopt,
                                      .ecn = 1,
                                      .segmentation = segmentation});
  CHECK(sender);
  // Runs of one size with a shorter end, a longer one, an empty one.
  const auto datagrams = datagramsOf({1200, 1200, 1200, 700, 1200, 1200, 1, 900, 900, 1000, 0, 5, 5});
  const std::int64_t beforeUs = nowUs();
  const auto sent = sender->send(outgoing(datagrams, &to));
  CHECK(sent.done == datagrams.size() && sent.outcome == DatagramSocket::Outcome::ok);
  const Received received = await(*receiver, datagrams.size());
  CHECK(received.datagrams == datagrams);
  CHECK(received.from == sender->localAddress());
  std::int64_t last = beforeUs - 1000;  // the two clocks are read one after the other
  for (const std::int64_t time : received.arrivedUs) {
    CHECK(time >= last - 1000 && time <= nowUs());
    last = time;
  }
  for (const std::uint8_t ecn : received.ecn) CHECK(ecn == 1);
  CHECK(sender->stats().sent == datagrams.size());
  CHECK(sender->stats().sentBytes == receiver->stats().receivedBytes);
  CHECK(sender->stats().sendCalls == 1);
  CHECK(!segmentation || !sender->segments() || sender->stats().segmented == 11);
  CHECK(segmentation || sender->stats().segmented == 0);
}

void sendsMoreThanOneBatch() {
  auto receiver = DatagramSocket::open({.local = at("127.0.0.1")});
  const SocketAddress to = receiver->localAddress();
  auto sender = DatagramSocket::open({.local = at("127.0.0.1"), .peer = to});
  const std::vector<Bytes> datagrams(200, Bytes(1200, 7));
  CHECK(sender->send(outgoing(datagrams)).done == 200);
  CHECK(await(*receiver, 200).datagrams == datagrams);
}

void cutsByItselfWhereTheKernelWillNot() {
  auto receiver = DatagramSocket::open({.local = at("127.0.0.1")});
  const SocketAddress to = receiver->localAddress();
  auto sender = DatagramSocket::open({.local = at("127.0.0.1"), .peer = to});
  if (!sender->segments()) return;
  // Linux cuts no datagrams without checksums.
  const int on = 1;
  CHECK(::setsockopt(sender->descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);
  const auto datagrams = datagramsOf({1200, 1200, 1200, 300});
  const auto sent = sender->send(outgoing(datagrams));
  CHECK(sent.done == 4 && sent.outcome == DatagramSocket::Outcome::ok);
  CHECK(await(*receiver, 4).datagrams == datagrams);
  CHECK(!sender->segments() && sender->stats().segmented == 0);
}

void leavesOutWhatCannotBeSent() {
  auto receiver = DatagramSocket::open({.local = at("127.0.0.1")});
  const SocketAddress to = receiver->localAddress();
  auto sender = DatagramSocket::open({.local = at("127.0.0.1"), .peer = to});
  const auto datagrams = datagramsOf({100, 70'000, 3000, 200});
  const auto sent = sender->send(outgoing(datagrams));
  CHECK(sent.done == 4 && sent.outcome == DatagramSocket::Outcome::ok);
  CHECK(sender->stats().unsendable == 1 && sender->stats().sent == 3);
  const Received received = await(*receiver, 2);
  CHECK(received.datagrams[0].size() == 100 && received.datagrams[1].size() == 200);
  CHECK(receiver->stats().truncated == 1);
}

void livesOnWhenNobodyListens() {
  auto gone = DatagramSocket::open({.local = at("127.0.0.1")});
  const SocketAddress to = gone->localAddress();
  auto sender = DatagramSocket::open({.local = at("127.0.0.1"), .peer = to});
  gone.reset();
  const auto datagrams = datagramsOf({100, 101, 102});
  for (int i = 0; i < 5; i++) {
    const auto sent = sender->send(outgoing(datagrams));
    CHECK(sent.done == 3 && sent.outcome == DatagramSocket::Outcome::ok);
  }
  CHECK(sender->receive().empty());
}

void goesOnWhenNobodyReads() {
  auto receiver = DatagramSocket::open({.local = at("127.0.0.1")});
  const SocketAddress to = receiver->localAddress();
  const int small = 1;
  CHECK(::setsockopt(receiver->descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
  auto sender = DatagramSocket::open({.local = at("127.0.0.1"), .peer = to});
  const std::vector<Bytes> datagrams(300, Bytes(1200, 7));
  const auto sent = sender->send(outgoing(datagrams));
  CHECK(sent.done == 300 && sent.outcome == DatagramSocket::Outcome::ok);
  while (!receiver->receive().empty()) {}
  CHECK(sender->send(outgoing(datagramsOf({10}))).done == 1);  // the next one tells how many were dropped
  CHECK(await(*receiver, 1).datagrams[0].size() == 10);
  CHECK(receiver->stats().received + receiver->stats().kernelDropped == 301 && receiver->stats().kernelDropped > 200);
}

void refusesAnAddressThatIsNotOurs() {
  CHECK(!DatagramSocket::open({.local = at("192.0.2.1")}));
  CHECK(errno == EADDRNOTAVAIL);
}

void tellsThatNothingLeadsThere() {
  using testing::ip;
  ip("link add feimu0 type veth peer name feimu1");
  ip("addr add 10.9.0.1/24 dev feimu0");
  ip("link set feimu0 up");
  ip("link set feimu1 up");
  const SocketAddress to = at("10.9.0.2", 9);
  auto sender = DatagramSocket::open({.local = at("0.0.0.0"), .peer = to});
  auto bound = DatagramSocket::open({.local = at("10.9.0.1")});
  CHECK(sender && bound);
  const auto datagrams = datagramsOf({500, 500, 500});
  CHECK(sender->send(outgoing(datagrams)).outcome == DatagramSocket::Outcome::ok);
  ip("link del feimu0");
  for (DatagramSocket* socket : {sender.get(), bound.get()}) {
    const auto sent = socket->send(outgoing(datagrams, &to));
    CHECK(sent.done == 0 && sent.outcome == DatagramSocket::Outcome::unreachable);
    CHECK(socket->stats().unreachable == 1);
  }
}

void survivesClockSteps() {
  constexpr std::int64_t real = 1'700'000'000'000'000;
  ArrivalClock clock;
  clock.begin(1'000'000, real, 2);
  CHECK(clock.arrivedUs(real - 700, 1'000'010) == 999'300);
  CHECK(clock.arrivedUs(real + 50, 1'000'010) == 1'000'010);  // never in the future
  clock.drained();
  for (const std::int64_t step : {3'600'000'000LL, -3'600'000'000LL, 20'000LL, -20'000LL}) {
    ArrivalClock stepped = clock;
    // It arrived at 1'009'000, then the clock was set, then it was read.
    stepped.begin(1'010'000, real + 10'000 + step, 2);
    CHECK(stepped.arrivedUs(real + 9'000, 1'010'010) == 1'009'000);
    // Another one arrived after that.
    CHECK(stepped.arrivedUs(real + 10'005 + step, 1'010'010) == 1'010'005);
    stepped.drained();
    stepped.begin(1'020'000, real + 20'000 + step, 2);
    CHECK(stepped.arrivedUs(real + 19'000 + step, 1'020'010) == 1'019'000);
  }
  // Steps that follow too closely to be told apart: the time of reading.
  clock.begin(1'010'000, real + 10'000 + 500'000, 2);
  clock.begin(1'011'000, real + 11'000 + 900'000, 2);
  CHECK(clock.arrivedUs(real + 9'000, 1'011'010) == 1'011'010);
}

}  // namespace

int main() {
  survivesClockSteps();
  for (const bool connected : {false, true}) {
    for (const bool segmentation : {false, true}) {
      carriesBatches("127.0.0.1", connected, segmentation);
      carriesBatches("::1", connected, segmentation);
    }
  }
  sendsMoreThanOneBatch();
  cutsByItselfWhereTheKernelWillNot();
  leavesOutWhatCannotBeSent();
  livesOnWhenNobodyListens();
  goesOnWhenNobodyReads();
  refusesAnAddressThatIsNotOurs();
  if (testing::enterOwnNetwork()) tellsThatNothingLeadsThere();
}
