// The emulator between two namespaces, measured by sockets at both ends.
#include "link/emulator/emulator.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "link/clock.h"
#include "link/datagram-socket.h"
#include "link/emulator/ip-header.h"
#include "link/emulator/tun.h"
#include "link/test/network.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

std::uint32_t headerSum(const Bytes& packet) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2) sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

void marksHeaders() {
  for (const std::uint8_t ecn : {1, 2}) {
    for (int id = 0; id < 65'536; id += 17) {
      Bytes packet{0x45, ecn, 4, 0, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id), 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
      const std::uint32_t checksum = 0xffff & ~headerSum(packet);
      packet[10] = static_cast<std::uint8_t>(checksum >> 8);
      packet[11] = static_cast<std::uint8_t>(checksum);
      CHECK(ecnOf(packet) == ecn && headerSum(packet) == 0xffff);
      markCongested(packet);
      CHECK(ecnOf(packet) == 3 && headerSum(packet) == 0xffff);
    }
  }
  Bytes v6(40);
  v6[0] = 0x60;
  v6[1] = 0x25;
  CHECK(ecnOf(v6) == 2);
  markCongested(v6);
  CHECK(ecnOf(v6) == 3 && v6[1] == 0x35);
  CHECK(ecnOf(Bytes{0x45, 3}) == 0);
}

/// Both ends and the emulator in threads of this program, each with a namespace of its own.
struct Ends {
  std::unique_ptr<DatagramSocket> sender, receiver;
  int one = -1, other = -1;
};

/// Without IPv6, which would send packets of its own.
int ownNamespace() {
  CHECK(::unshare(CLONE_NEWNET) == 0);
  const int setting = ::open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
  if (setting >= 0) CHECK(::write(setting, "1", 1) == 1 && ::close(setting) == 0);
  return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

Ends connect() {
  Ends ends;
  std::thread([&ends] {
    const int first = ownNamespace();
    const int second = ownNamespace();
    std::string error;
    const auto path = [](int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); };
    ends.one = openTun(path(first), "link0", "10.9.1.1", "10.9.1.2", error);
    ends.other = openTun(path(second), "link0", "10.9.1.2", "10.9.1.1", error);
    if (ends.one < 0 || ends.other < 0) return std::fprintf(stderr, "skipped: %s\n", error.c_str());
    // A socket stays in the namespace that it was made in.
    ends.receiver = DatagramSocket::open({.local = *parseAddress("10.9.1.2", 5000)});
    CHECK(::setns(first, CLONE_NEWNET) == 0);
    ends.sender = DatagramSocket::open({.local = *parseAddress("10.9.1.1", 0), .peer = *parseAddress("10.9.1.2", 5000), .ecn = 1});
    CHECK(ends.sender && ends.receiver);
    ::close(first);
    return ::close(second);
  }).join();
  return ends;
}

struct Measured {
  std::vector<std::int64_t> delayUs;
  std::int64_t firstUs = 0, lastUs = 0;
  std::uint64_t bytes = 0, marked = 0;
};

/// Datagrams of 1,000 bytes (1,028 with headers), `everyUs` apart, each with its time in it.
Measured flood(Ends& ends, Emulator& emulator, int count, std::int64_t everyUs) {
  Measured measured;
  Bytes bytes(1000);
  std::int64_t nextUs = nowUs();
  const auto before = emulator.forward();
  for (int sent = 0;;) {
    std::int64_t wakeUs = emulator.pump();
    for (; sent < count && nextUs <= nowUs(); sent++, nextUs += everyUs) {
      const std::int64_t time = nowUs();
      std::memcpy(bytes.data(), &time, sizeof time);
      const DatagramSocket::Outgoing datagram{bytes};
      CHECK(ends.sender->send({&datagram, 1}).done == 1);
    }
    for (const auto& packet : ends.receiver->receive()) {
      std::int64_t time = 0;
      std::memcpy(&time, packet.bytes.data(), sizeof time);
      measured.delayUs.push_back(packet.arrivedUs - time);
      if (measured.bytes == 0) measured.firstUs = packet.arrivedUs;
      measured.lastUs = packet.arrivedUs;
      measured.bytes += packet.bytes.size() + 28;
      measured.marked += packet.ecn == 3;
    }
    const auto way = emulator.forward();
    const bool allOffered = way.link.offered - before.link.offered == static_cast<std::uint64_t>(count);
    if (allOffered && wakeUs == 0 && measured.delayUs.size() == way.delivered - before.delivered) break;
    if (sent < count) wakeUs = wakeUs == 0 ? nextUs : std::min(wakeUs, nextUs);
    if (wakeUs == 0) wakeUs = nowUs() + 1000;
    const std::int64_t pauseUs = std::max<std::int64_t>(0, wakeUs - nowUs());
    const timespec pause{0, static_cast<long>(std::min<std::int64_t>(pauseUs, 1000) * 1000)};
    pollfd waiting[] = {{ends.one, POLLIN, 0}, {ends.other, POLLIN, 0}, {ends.receiver->descriptor(), POLLIN, 0}};
    ::ppoll(waiting, 3, &pause, nullptr);
  }
  std::sort(measured.delayUs.begin(), measured.delayUs.end());
  return measured;
}

LinkSteps steps(const char* text) {
  std::string error;
  const auto parsed = parseLinkSteps(text, error);
  CHECK(parsed);
  return *parsed;
}

void showsDelayRateQueueAndLoss() {
  {
    Ends ends = connect();
    if (!ends.sender) return;
    Emulator emulator(ends.one, ends.other, {steps("0,50000,20,0,300")}, nowUs());
    const Measured calm = flood(ends, emulator, 100, 5000);
    CHECK(calm.delayUs.size() == 100 && calm.marked == 0);
    CHECK(calm.delayUs[0] >= 20'164);  // 20 ms and the time that 1,028 bytes take
    CHECK(calm.delayUs[50] < 25'000);
  }
  {
    Ends ends = connect();
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* trace = ::open_memstream(&text, &size);
    // 8.2 Mbps into 4 Mbps with a queue of 50 ms.
    Emulator emulator(ends.one, ends.other, {steps("0,4000,5,0,50,ecn=20"), 1, trace}, nowUs());
    const Measured full = flood(ends, emulator, 1000, 1000);
    const auto way = emulator.forward();
    CHECK(way.link.dropped > 400 && way.link.dropped < 520 && way.link.lost == 0);
    CHECK(full.delayUs.size() == 1000 - way.link.dropped);
    CHECK(full.marked == way.link.marked && full.marked > 300);
    const double kbps = static_cast<double>(full.bytes) * 8e3 / static_cast<double>(full.lastUs - full.firstUs);
    CHECK(std::abs(kbps - 4000) < 200);
    CHECK(full.delayUs[full.delayUs.size() / 2] > 45'000);
    // What is changed by hand holds at once, and the way back is another one.
    std::string now, error;
    CHECK(emulator.change("kbps 20000 lossPct 30 delayMs 1", now, error) && now.starts_with("forward kbps 20000 delayMs 1 "));
    CHECK(!emulator.change("back kbps", now, error) && !error.empty());
    CHECK(emulator.change("back kbps 100", now, error) && now.starts_with("back kbps 100 "));
    flood(ends, emulator, 500, 1000);
    CHECK(emulator.forward().link.lost > 100 && emulator.forward().link.lost < 200);
    CHECK(std::fclose(trace) == 0);
    const std::string lines(text, size);
    std::free(text);
    CHECK(std::count(lines.begin(), lines.end(), '\n') >= 1501);
    CHECK(lines.starts_with("way,inUs,outUs,bytes,queueUs,fate\nforward,"));
    for (const char* fate : {",1028,", ",delivered\n", ",lost\n", ",dropped\n", ",marked\n"}) CHECK(lines.find(fate) != std::string::npos);
  }
}

}  // namespace

int main() {
  marksHeaders();
  if (testing::enterOwnNetwork()) showsDelayRateQueueAndLoss();
}
