#include "media/phone-sender.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "codec/h264-encoder.h"
#include "link/h264-packetizer.h"
#include "media/clock.h"
#include "media/painter.h"
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

 private:
  void run(const std::stop_token& stop) {
    Painter painter(options_.width, options_.height);
    H264Packetizer packetizer({.ssrc = static_cast<std::uint32_t>(nowUs()), .payloadType = 96});
    auto due = std::chrono::steady_clock::now();
    for (std::uint64_t frame = 0; !stop.stop_requested(); frame++) {
      paintPhone(painter, frame);
      const auto bytes = encoder_->encode(painter.view(), wantsKey() || frame % (options_.fps * 2) == 0);
      for (const auto& packet : packetizer.packetize(bytes, static_cast<std::uint32_t>(frame * 90'000 / options_.fps))) {
        ::send(socket_, packet.data(), packet.size(), MSG_NOSIGNAL);
      }
      due += std::chrono::microseconds(1'000'000 / options_.fps);
      std::this_thread::sleep_until(due);
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
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<PhoneSender> PhoneSender::start(const Options& options) {
  const auto address = parseAddress(options.host, options.port);
  if (!address) {
    errno = EINVAL;
    return nullptr;
  }
  auto encoder = H264Encoder::open({options.width, options.height, options.fps, options.kbps});
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
