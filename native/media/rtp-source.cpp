#include "media/rtp-source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <thread>

#include "codec/h264-decoder.h"
#include "link/h264-depacketizer.h"
#include "media/clock.h"
#include "media/thread-priority.h"
#include "media/udp-socket.h"

namespace feimu {

namespace {

constexpr std::int64_t holdUs = 5'000'000;
constexpr std::int64_t pliEveryUs = 200'000;
constexpr std::int64_t rebindEveryUs = 1'000'000;
constexpr std::size_t maxRefused = 16;
constexpr std::uint32_t ownSsrc = 0x6665696d;

bool isLoopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

class RtpSource final : public Source {
 public:
  RtpSource(int id, const RtpSourceOptions& options, SourceSwitch& output)
      : id_(id),
        options_(options),
        output_(output),
        decoder_(H264Decoder::open()),
        depacketizer_([this](AccessUnit&& unit) { decode(unit); }),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  SourceStatus status() override {
    std::lock_guard lock(mutex_);
    SourceStatus status = status_;
    const std::int64_t age = nowUs() - lastFrameUs_;
    if (status.failure.empty() && lastFrameUs_ != 0) {
      status.state = age < 300'000 ? "live" : age < SourceSwitch::freezeUs ? "frozen" : "waiting";
    }
    status.onStage = status.state != "waiting" && output_.onStage(id_);
    status.fps = age < 1'500'000 ? fps_ : 0;
    return status;
  }

  void setAllowed(std::vector<std::string> addresses) override {
    std::lock_guard lock(mutex_);
    for (const std::string& address : addresses) std::erase(status_.refused, address);
    options_.allow = std::move(addresses);
  }

 private:
  void run(const std::stop_token& stop) {
    preferThisThread();
    while (!stop.stop_requested()) {
      const int socket = bind();
      if (socket >= 0) {
        receive(socket, stop);
        ::close(socket);
      } else {
        for (std::int64_t until = nowUs() + rebindEveryUs; nowUs() < until && !stop.stop_requested();) {
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
      }
    }
  }

  int bind() {
    const auto address = parseAddress(options_.host, options_.port);
    const int socket = address ? openUdp(*address) : -1;
    std::lock_guard lock(mutex_);
    status_.failure = socket >= 0 ? "" : errno == EADDRINUSE ? "SOURCE_PORT_IN_USE" : "SOURCE_ADDRESS_UNUSABLE";
    status_.state = socket >= 0 ? "waiting" : "failed";
    return socket;
  }

  void receive(int socket, const std::stop_token& stop) {
    constexpr std::size_t batch = 32;
    constexpr std::size_t packetBytes = 2048;
    std::vector<std::array<std::uint8_t, packetBytes>> buffers(batch);
    std::array<mmsghdr, batch> headers{};
    std::array<iovec, batch> parts{};
    std::array<SocketAddress, batch> senders{};
    for (std::size_t i = 0; i < batch; i++) {
      parts[i] = {buffers[i].data(), packetBytes};
      headers[i].msg_hdr.msg_iov = &parts[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_name = &senders[i].storage;
    }
    while (!stop.stop_requested()) {
      pollfd waiting{socket, POLLIN, 0};
      ::poll(&waiting, 1, depacketizer_.waitsForKey() ? 50 : 5);
      for (auto& header : headers) header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
      const int count = ::recvmmsg(socket, headers.data(), batch, MSG_DONTWAIT, nullptr);
      const std::int64_t now = nowUs();
      for (int i = 0; i < count; i++) {
        auto index = static_cast<std::size_t>(i);
        senders[index].size = headers[index].msg_hdr.msg_namelen;
        const bool cut = (headers[index].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        take({buffers[index].data(), cut ? 0 : headers[index].msg_len}, senders[index], now);
      }
      depacketizer_.expire(now);
      askForKey(socket, now);
      std::lock_guard lock(mutex_);
      status_.lostPackets = depacketizer_.stats().lost;
    }
  }

  void take(std::span<const std::uint8_t> bytes, const SocketAddress& sender, std::int64_t now) {
    if (!mayUse(sender)) return;
    const auto packet = parseRtp(bytes);
    if (!packet) {
      // RTCP of a sender (RFC 5761) is no fault.
      const bool rtcp = bytes.size() >= 8 && bytes[0] >> 6 == 2 && bytes[1] >= 192 && bytes[1] <= 223;
      if (!rtcp) countMalformed();
      return;
    }
    const bool held = lastPacketUs_ != 0 && now - lastPacketUs_ < holdUs;
    if (held && (!(sender == sender_) || packet->ssrc != ssrc_)) {
      // The same address may begin anew at once, e.g. a restarted program: its old stream is silent.
      const bool sameHost = sender.host() == sender_.host();
      if (!sameHost) return refuse(sender.host());
      if (now - lastPacketUs_ < 500'000) return;
    }
    if (!(sender == sender_) || packet->ssrc != ssrc_ || !held) {
      depacketizer_.reset();
      sender_ = sender;
      ssrc_ = packet->ssrc;
      nextPliUs_ = 0;
      std::lock_guard lock(mutex_);
      status_.sender = sender.host();
      std::erase(status_.refused, status_.sender);
    }
    lastPacketUs_ = now;
    const std::uint64_t before = depacketizer_.stats().malformed;
    depacketizer_.push(*packet, now);
    if (depacketizer_.stats().malformed != before) countMalformed();
  }

  bool mayUse(const SocketAddress& sender) {
    const std::string host = sender.host();
    if (isLoopback(host) && isLoopback(options_.host)) return true;
    {
      std::lock_guard lock(mutex_);
      if (std::find(options_.allow.begin(), options_.allow.end(), host) != options_.allow.end()) return true;
    }
    refuse(host);
    return false;
  }

  void refuse(const std::string& host) {
    std::lock_guard lock(mutex_);
    auto& refused = status_.refused;
    if (refused.size() < maxRefused && std::find(refused.begin(), refused.end(), host) == refused.end()) {
      refused.push_back(host);
    }
  }

  void countMalformed() {
    std::lock_guard lock(mutex_);
    status_.malformed++;
  }

  void askForKey(int socket, std::int64_t now) {
    const bool sending = lastPacketUs_ != 0 && now - lastPacketUs_ < 1'000'000;
    if (!sending || !depacketizer_.waitsForKey() || now < nextPliUs_) return;
    nextPliUs_ = now + pliEveryUs;
    const auto pli = makePli(ownSsrc, ssrc_);
    ::sendto(socket, pli.data(), pli.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&sender_.storage), sender_.size);
    std::lock_guard lock(mutex_);
    status_.plis++;
  }

  void decode(const AccessUnit& unit) {
    const bool sound = decoder_ && decoder_->decode(unit.data, [&](const PictureView& picture) {
      const std::int64_t now = nowUs();
      output_.publish(id_, picture, 0, unit.receivedUs, now);
      std::lock_guard lock(mutex_);
      if (lastFrameUs_ != 0) fps_ += (1e6 / static_cast<double>(std::max<std::int64_t>(1, now - lastFrameUs_)) - fps_) / 16;
      lastFrameUs_ = now;
      status_.width = picture.format.width;
      status_.height = picture.format.height;
      status_.frames++;
    });
    if (sound) return;
    // What refers to a damaged picture is damaged too.
    depacketizer_.reset();
    std::lock_guard lock(mutex_);
    status_.dropped++;
  }

  const int id_;
  RtpSourceOptions options_;  // `allow` guarded by mutex_
  SourceSwitch& output_;
  std::unique_ptr<H264Decoder> decoder_;
  H264Depacketizer depacketizer_;
  SocketAddress sender_;
  std::uint32_t ssrc_ = 0;
  std::int64_t lastPacketUs_ = 0;
  std::int64_t nextPliUs_ = 0;
  std::mutex mutex_;  // guards what status() reads
  SourceStatus status_;
  std::int64_t lastFrameUs_ = 0;
  double fps_ = 0;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace

std::unique_ptr<Source> openRtpSource(int id, const RtpSourceOptions& options, SourceSwitch& output) {
  return std::make_unique<RtpSource>(id, options, output);
}

}  // namespace feimu
