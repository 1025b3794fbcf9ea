#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "link/srtp-policy.h"

namespace feimu {

/// Keys of one end, from its configuration or the control API.
struct SrtpKeys {
  std::string profile;     // "AEAD_AES_128_GCM" or "AEAD_AES_256_GCM" (RFC 7714 §14.2)
  std::string sendKey;     // base64 of key and salt: 28 or 44 bytes
  std::string receiveKey;  // the other direction's: never the same
  bool operator==(const SrtpKeys&) const = default;
};

/// SRTP and SRTCP with AES-GCM (RFC 3711, RFC 7714). One thread.
///
/// A key and an SSRC give the same key stream again after a restart: draw every SSRC, of RTCP too, by randomSsrc().
/// A stream that is met in its middle is found: SRTP does not carry the upper 32 bits of its packets' numbers (the
/// rollover counter, RFC 3711 §3.3.1), so a few are tried on packets of a stream that does not open.
class SrtpSession {
 public:
  enum class Status { ok, replayed, forged, malformed };
  struct Stats {
    std::uint64_t opened = 0, replayed = 0, forged = 0, malformed = 0;
    std::uint64_t resumed = 0;  // streams that were met in their middle
  };
  /// A packet grows by at most this: tag, and the index of SRTCP.
  static constexpr std::size_t overheadBytes = 20;
  static constexpr std::size_t replayWindow = 1024;

  /// Null with `error`, which names the key.
  static std::unique_ptr<SrtpSession> open(const SrtpKeys& keys, std::string& error);
  /// Whether they are keys; none are none that are wrong.
  static bool takes(const std::optional<SrtpKeys>& keys);

  /// Protects the RTP or RTCP packet in the first `sizeBytes` of `buffer`, in place; its new size, 0 when it is none,
  /// its stream had the number before, or the buffer has no room for `overheadBytes` more.
  std::size_t protect(std::span<std::uint8_t> buffer, std::size_t sizeBytes);
  /// Opens a packet of the other end in place: `bytes` becomes what it was before protect(). Without status ok its
  /// bytes are not to be used.
  Status unprotect(std::span<std::uint8_t>& bytes, std::int64_t nowUs);
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  SrtpSession(SrtpPolicy send, SrtpPolicy receive);
  Status openPacket(std::span<std::uint8_t>& bytes, bool rtcp, std::int64_t nowUs);
  bool resume(std::span<const std::uint8_t> sealed, std::uint32_t ssrc, std::span<std::uint8_t>& bytes);

  static constexpr std::size_t maxBytes = 2048;
  static constexpr std::size_t knownStreams = 16;
  struct Known {
    std::uint32_t ssrc = 0;
    bool opened = false;
    std::uint32_t failures = 0;  // in a row
  };
  Known& known(std::uint32_t ssrc);

  SrtpPolicy receivePolicy_;
  SrtpContext out_;
  SrtpContext in_;
  std::array<Known, knownStreams> known_{};
  std::size_t nextKnown_ = 0;
  std::array<std::uint8_t, maxBytes> sealed_{};  // a packet as it came: a failed attempt spoils it
  std::uint32_t nextRollover_ = 0;
  std::int64_t nextResumeUs_ = 0;
  Stats stats_;
};

/// A synchronisation source that no stream before had, as far as 32 random bits can promise it.
std::uint32_t randomSsrc();

}  // namespace feimu
