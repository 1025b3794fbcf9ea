// GStreamer's srtpenc and srtpdec at the other end.
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "link/clock.h"
#include "link/datagram-socket.h"
#include "link/test/srtp-keys.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;

namespace {

class Pipeline {
 public:
  explicit Pipeline(std::vector<std::string> words) {
    words.insert(words.begin(), {"gst-launch-1.0", "-q"});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    CHECK(::posix_spawnp(&child_, "gst-launch-1.0", nullptr, nullptr, arguments.data(), environ) == 0);
  }
  ~Pipeline() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

 private:
  pid_t child_ = 0;
};

/// testing::keys128 and 256 hold bytes that count up from 0 and from 100.
std::string hex(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; i++) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", i);
    text += digits;
  }
  return text;
}

SocketAddress loopback() { return *parseAddress("127.0.0.1", 0); }

bool await(DatagramSocket& socket, int timeoutMs) {
  pollfd waiting{socket.descriptor(), POLLIN, 0};
  return ::poll(&waiting, 1, timeoutMs) == 1;
}

void opensWhatGstreamerSealed(const SrtpKeys& keys, const std::string& cipher, int keyBytes) {
  std::string error;
  auto session = SrtpSession::open(keys, error);
  auto socket = DatagramSocket::open({.local = loopback()});
  CHECK(session && socket);
  const Pipeline sender({"audiotestsrc", "num-buffers=50", "!", "audio/x-raw,rate=48000,channels=1", "!", "audioconvert", "!",
                         "rtpL16pay", "pt=96", "seqnum-offset=65500", "!", "srtpenc", "key=" + hex(100, keyBytes), "rtp-cipher=" + cipher,
                         "rtcp-cipher=" + cipher, "rtp-auth=null", "rtcp-auth=null", "!", "udpsink", "host=127.0.0.1",
                         "port=" + std::to_string(socket->localAddress().port())});
  while (session->stats().opened < 50) {
    CHECK(await(*socket, 20'000));
    for (const auto& datagram : socket->receive()) {
      Bytes sealed(datagram.bytes.begin(), datagram.bytes.end());
      std::span<std::uint8_t> bytes = sealed;
      CHECK(session->unprotect(bytes, nowUs()) == SrtpSession::Status::ok);
      CHECK(bytes.size() + 16 == sealed.size());
    }
  }
}

void gstreamerOpensWhatWasSealed(const SrtpKeys& keys, const std::string& cipher, int keyBytes) {
  std::string error;
  auto session = SrtpSession::open(keys, error);
  auto out = DatagramSocket::open({.local = loopback()});
  auto free = DatagramSocket::open({.local = loopback()});
  CHECK(session && out && free);
  const SocketAddress to = free->localAddress();
  free.reset();
  auto in = DatagramSocket::open({.local = loopback()});
  const std::string caps = "application/x-srtp,ssrc=(uint)77,srtp-key=(buffer)" + hex(0, keyBytes) + ",srtp-cipher=(string)" + cipher +
                           ",srtcp-cipher=(string)" + cipher + ",srtp-auth=(string)null,srtcp-auth=(string)null";
  const Pipeline receiver({"udpsrc", "address=127.0.0.1", "port=" + std::to_string(to.port()), "caps=" + caps, "!", "srtpdec", "!",
                           "udpsink", "host=127.0.0.1", "port=" + std::to_string(in->localAddress().port())});
  std::set<int> opened;
  // One every 20 ms, since the pipeline takes a while to listen; across the wrap of the sequence number.
  for (int i = 0; opened.size() < 50; i++) {
    CHECK(i < 1000);
    const auto sequence = static_cast<std::uint16_t>(65'500 + i);
    Bytes plain{0x80, 96, static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence), 0, 0, 0, 1, 0, 0, 0, 77};
    plain.resize(500, static_cast<std::uint8_t>(sequence));
    Bytes sealed = plain;
    sealed.resize(plain.size() + SrtpSession::overheadBytes);
    sealed.resize(session->protect(sealed, plain.size()));
    const DatagramSocket::Outgoing datagram{sealed, &to};
    CHECK(out->send({&datagram, 1}).done == 1);
    if (!await(*in, 20)) continue;
    for (const auto& received : in->receive()) {
      CHECK(received.bytes.size() == plain.size());
      const std::uint8_t fill = received.bytes[3];
      for (std::size_t at = 12; at < received.bytes.size(); at++) CHECK(received.bytes[at] == fill);
      opened.insert(received.bytes[2] << 8 | fill);
    }
  }
}

}  // namespace

int main() {
  if (std::system("gst-inspect-1.0 --exists srtpenc 2>/dev/null") != 0) {
    std::fprintf(stderr, "skipped: no GStreamer with its srtp plugin here\n");
    return 0;
  }
  opensWhatGstreamerSealed(testing::keys128, "aes-128-gcm", 28);
  opensWhatGstreamerSealed(testing::keys256, "aes-256-gcm", 44);
  gstreamerOpensWhatWasSealed(testing::keys128, "aes-128-gcm", 28);
  gstreamerOpensWhatWasSealed(testing::keys256, "aes-256-gcm", 44);
}
