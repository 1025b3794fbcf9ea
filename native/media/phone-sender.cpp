#include "media/phone-sender.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include "codec/h264-encoder.h"
#include "link/h264-packetizer.h"
#include "media/clock.h"
#include "media/frame-code.h"
#include "media/painter.h"
#include "media/thread-priority.h"
#include "media/udp-socket.h"

namespace feimu {

namespace {

class Sender final : public PhoneSender {
 public:
  Sender(const Options& options, int socket, std::unique_ptr<H264Encoder> encoder)
      : options_(options),
        socket_(socket),
        encoder_(std::move(encoder)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}
  ~Sender() override {
    thread_.request_stop();
    thread_.join();
    ::close(socket_);
  }
  std::vector<Timing> takeTimings() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(timings_, {});
  }

 private:
  void run(const std::stop_token& stop) {
    preferThisThread();
    Painter painter(options_.width, options_.height);
    H264Packetizer packetizer({.ssrc = static_cast<std::uint32_t>(nowUs()), .payloadType = 96});
    const auto begin = std::chrono::steady_clock::now();
    const auto everyTwoSeconds = static_cast<std::uint64_t>(options_.fps * 2) + 1;
    for (std::uint64_t frame = 0; !stop.stop_requested(); frame++) {
      // Drawn ahead, so that the picture is there when its time has come.
      paintPhone(painter, frame);
      if (options_.clock) drawFrameCode(painter, frame);
      std::this_thread::sleep_until(
          begin + std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(frame) * 1e6 / options_.fps)));
      Timing timing{frame, nowUs(), 0, 0};
      const auto bytes = encoder_->encode(painter.view(), wantsKey() || frame % everyTwoSeconds == 0);
      timing.encodedUs = nowUs();
      const auto timestamp = static_cast<std::uint32_t>(static_cast<double>(frame) * 90'000 / options_.fps);
      for (const auto& packet : packetizer.packetize(bytes, timestamp)) {
        ::send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL);
      }
      timing.sentUs = nowUs();
      if (!options_.clock) continue;
      const std::lock_guard lock(mutex_);
      timings_.push_back(timing);
    }
  }

  bool wantsKey() {
    std::array<std::uint8_t, 1500> buffer{};
    bool asked = false;
    ssize_t size = 0;
    while ((size = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
      asked = asked || asksForKeyFrame({buffer.data(), static_cast<std::size_t>(size)});
    }
    return asked;
  }

  const Options options_;
  const int socket_;
  std::unique_ptr<H264Encoder> encoder_;
  std::mutex mutex_;  // guards timings_
  std::vector<Timing> timings_;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<PhoneSender> PhoneSender::start(const Options& options) {
  const auto address = parseAddress(options.host, options.port);
  if (!address) {
    errno = EINVAL;
    return nullptr;
  }
  auto encoder = H264Encoder::open(
      {options.width, options.height, static_cast<std::uint32_t>(std::lround(options.fps)), options.kbps});
  if (!encoder) {
    errno = ENOSYS;
    return nullptr;
  }
  const int socket = ::socket(address->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return nullptr;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address->storage), address->size) != 0) {
    ::close(socket);
    return nullptr;
  }
  return std::make_unique<Sender>(options, socket, std::move(encoder));
}

}  // namespace feimu
