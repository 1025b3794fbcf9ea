#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/address-proof.h"
#include "link/datagram-socket.h"
#include "link/link-end.h"
#include "link/srtp-session.h"

namespace feimu {

/// Runs one end of a link on a thread of its own: socket, keys, proof of the address, and the LinkEnd's deadlines. It
/// sleeps until something comes or is due; no tick. A network that goes away is waited for, with the socket opened
/// anew.
class LinkThread {
 public:
  struct Options {
    bool sends = false;                    // the sending end of the media
    SocketAddress local;                   // port 0: one that is free, kept over reconnects
    std::optional<SocketAddress> peer{};   // where the other end should be; empty: it comes to us
    std::optional<SrtpKeys> keys{};        // without: only `hosts` and the peer's host are listened to
    std::vector<std::string> hosts{};      // numeric addresses
    /// Of a sender that is listened to, `unproven` where its echo of `nonce` is waited for.
    enum class Verdict { refused, unproven, taken };
    /// Decides instead of `hosts`, with keys after them; on the link's thread. What it refuses counts as foreign.
    std::function<Verdict(const SocketAddress& from, std::span<const std::uint8_t> bytes, std::int64_t nowUs)> accepts{};
    std::function<void(bool)> onConnected{};  // media, or feedback, has somewhere to go, or has not any more; same thread
    std::uint32_t ssrc = 0;                // of our own RTCP that proves addresses; of a sender: its media's
    ProofNonce nonce{};                    // AddressAnswer::Options
    bool oneWay = false;                   // AddressProof::Options
    std::uint8_t ecn = 0;                  // DatagramSocket::Options
  };
  struct Stats {
    DatagramSocket::Stats socket;          // since the start, over all sockets
    SrtpSession::Stats keys;
    AddressProof::Stats proof;
    std::uint64_t foreign = 0;             // datagrams of hosts that are not listened to
    std::uint64_t unsent = 0;              // datagrams that were due and had no way, or no room, to leave
    std::uint64_t reopened = 0;            // sockets after the first
    std::string peer;                      // address and port where media, or feedback, goes now; empty: nowhere
    std::string failure;                   // why there is no socket now
    int error = 0;                         // the same as errno
    bool realtime = false;                 // SCHED_FIFO
  };

  /// `end` is used on the new thread alone until this object is gone, and outlives it. Null with `error`, which names
  /// a wrong key or a lack of descriptors; an address that cannot be bound now is no error but tried again.
  static std::unique_ptr<LinkThread> start(const Options& options, LinkEnd& end, std::string& error);
  virtual ~LinkThread() = default;  // stops and joins
  /// The end has something new to do, e.g. a picture in its ring. Any thread; never blocks.
  virtual void wake() = 0;
  /// At most 100 ms old while packets flow. Any thread.
  [[nodiscard]] virtual Stats stats() const = 0;
  /// The port that it is bound to, once it is; 0 before. Any thread.
  [[nodiscard]] virtual std::uint16_t localPort() const = 0;
};

}  // namespace feimu
