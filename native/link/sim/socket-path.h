#pragma once
#include <memory>
#include <string>

#include "link/datagram-socket.h"
#include "link/sim/flow-path.h"

namespace feimu {

/// Real UDP between two network namespaces, in one thread that owns both ends.
class SocketPath final : public FlowPath {
 public:
  struct End {
    std::string space;  // name under /run/netns, or a path
    std::string address;
  };
  struct Options {
    End from, to;
    std::uint16_t port = 0;
    std::int64_t beginUs = 0;       // CLOCK_MONOTONIC at which the simulation's time is 0
    std::int64_t extraDelayUs = 0;  // each way, besides the link's
    std::vector<LinkStep> steps{};  // what the link is meant to be
  };
  /// Null with `error`.
  static std::unique_ptr<SocketPath> open(const Options& options, Simulation& simulation, std::string& error);
  void send(std::span<const std::uint8_t> bytes) override;
  void sendBack(std::span<const std::uint8_t> bytes) override;
  [[nodiscard]] std::int64_t queueDelayUs() override { return 0; }
  [[nodiscard]] bool dark() override;
  /// Takes what has come at both ends.
  void receive();
  [[nodiscard]] int descriptor(int end) const { return (end == 0 ? from_ : to_)->descriptor(); }

 private:
  SocketPath(const Options& options, Simulation& simulation) : options_(options), simulation_(simulation) {}
  void take(DatagramSocket& socket, const Arrive& arrive);

  const Options options_;
  Simulation& simulation_;
  std::unique_ptr<DatagramSocket> from_, to_;
};

}  // namespace feimu
