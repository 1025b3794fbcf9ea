#include "link/srtp-session.h"

#include <arpa/inet.h>
#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

namespace feimu {

namespace {

constexpr std::size_t tagBytes = 16;
constexpr std::size_t rtcpIndexBytes = 4;
constexpr std::uint32_t failuresBeforeResume = 8;
constexpr std::int64_t resumeEveryUs = 100'000;
// 128 attempts are some 0.3 ms of a core; 65,536 counters, ten days at 5,000 packets a second, are through in a minute.
constexpr std::uint32_t rolloversAtOnce = 128;
constexpr std::uint32_t rollovers = 65'536;

std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
}

/// RFC 5761 §4.
bool looksLikeRtcp(std::span<const std::uint8_t> bytes) { return bytes.size() >= 2 && bytes[1] >= 192 && bytes[1] <= 223; }

/// Bytes of an RTP header with all that it announces; 0 when that is more than there is.
std::size_t rtpHeaderBytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 12 || bytes[0] >> 6 != 2) return 0;
  std::size_t size = 12 + std::size_t{4} * (bytes[0] & 15);
  if ((bytes[0] & 0x10) != 0) {
    if (bytes.size() < size + 4) return 0;
    size += 4 + std::size_t{4} * (bytes[size + 2] << 8 | bytes[size + 3]);
  }
  return size <= bytes.size() ? size : 0;
}

SrtpContext make(SrtpPolicy& policy, srtp_ssrc_type_t type) {
  const srtp_policy_t streams = policy.forStreams(type, 0, SrtpSession::replayWindow);
  srtp_t session = nullptr;
  return SrtpContext(srtp_create(&session, &streams) == srtp_err_status_ok ? session : nullptr);
}

}  // namespace

std::unique_ptr<SrtpSession> SrtpSession::open(const SrtpKeys& keys, std::string& error) {
  static std::once_flag once;  // the library's own tables, for the life of the process
  static srtp_err_status_t ready = srtp_err_status_fail;
  std::call_once(once, [] { ready = srtp_init(); });
  SrtpPolicy send, receive;
  if (!send.set(keys.profile, "sendKey", keys.sendKey, error)) return nullptr;
  if (!receive.set(keys.profile, "receiveKey", keys.receiveKey, error)) return nullptr;
  if (send.sameKey(receive)) {
    error = "Expected a key of its own for each direction but received the same for sendKey and receiveKey";
    return nullptr;
  }
  std::unique_ptr<SrtpSession> session(new SrtpSession(std::move(send), std::move(receive)));
  if (ready == srtp_err_status_ok && session->out_ && session->in_) return session;
  error = "libsrtp2 could not be started";
  return nullptr;
}

SrtpSession::SrtpSession(SrtpPolicy send, SrtpPolicy receive)
    : receivePolicy_(std::move(receive)), out_(make(send, ssrc_any_outbound)), in_(make(receivePolicy_, ssrc_any_inbound)) {}

bool SrtpSession::takes(const std::optional<SrtpKeys>& keys) {
  std::string error;
  return !keys || open(*keys, error) != nullptr;
}

std::size_t SrtpSession::protect(std::span<std::uint8_t> buffer, std::size_t sizeBytes) {
  if (sizeBytes > buffer.size() || buffer.size() - sizeBytes < overheadBytes) return 0;
  const auto packet = buffer.first(sizeBytes);
  const bool rtcp = looksLikeRtcp(packet);
  if (rtcp ? sizeBytes < 8 || packet[0] >> 6 != 2 : rtpHeaderBytes(packet) == 0) return 0;
  int size = static_cast<int>(sizeBytes);
  const auto status = rtcp ? srtp_protect_rtcp(out_.get(), buffer.data(), &size) : srtp_protect(out_.get(), buffer.data(), &size);
  return status == srtp_err_status_ok ? static_cast<std::size_t>(size) : 0;
}

SrtpSession::Known& SrtpSession::known(std::uint32_t ssrc) {
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& one) { return one.opened && one.ssrc == ssrc; });
  return found != known_.end() ? *found : known_[nextKnown_];
}

SrtpSession::Status SrtpSession::unprotect(std::span<std::uint8_t>& bytes, std::int64_t nowUs) {
  const bool rtcp = looksLikeRtcp(bytes);
  const std::size_t headerBytes = rtcp ? 8 : rtpHeaderBytes(bytes);
  const std::size_t wanted = headerBytes + tagBytes + (rtcp ? rtcpIndexBytes : 0);
  if (headerBytes == 0 || bytes.size() < wanted || bytes.size() > maxBytes || bytes[0] >> 6 != 2) {
    stats_.malformed++;
    return Status::malformed;
  }
  const Status status = openPacket(bytes, rtcp, nowUs);
  switch (status) {
    case Status::ok: stats_.opened++; break;
    case Status::replayed: stats_.replayed++; break;
    case Status::forged: stats_.forged++; break;
    case Status::malformed: stats_.malformed++; break;
  }
  return status;
}

SrtpSession::Status SrtpSession::openPacket(std::span<std::uint8_t>& bytes, bool rtcp, std::int64_t nowUs) {
  int size = static_cast<int>(bytes.size());
  srtp_err_status_t result{};
  if (rtcp) {
    result = srtp_unprotect_rtcp(in_.get(), bytes.data(), &size);
  } else {
    const std::uint32_t ssrc = read32(bytes, 8);
    Known& stream = known(ssrc);
    const bool fresh = !stream.opened || stream.ssrc != ssrc;
    const bool mayResume = nowUs >= nextResumeUs_ && (fresh || stream.failures >= failuresBeforeResume);
    const std::size_t sealedBytes = bytes.size();
    if (mayResume) std::copy(bytes.begin(), bytes.end(), sealed_.begin());
    result = srtp_unprotect(in_.get(), bytes.data(), &size);
    const bool failed = result == srtp_err_status_auth_fail || result == srtp_err_status_cipher_fail;
    if (failed && mayResume) {
      nextResumeUs_ = nowUs + resumeEveryUs;
      if (resume(std::span(sealed_).first(sealedBytes), ssrc, bytes)) {
        stats_.resumed++;
        result = srtp_err_status_ok;
        size = static_cast<int>(bytes.size());
      }
    }
    if (result == srtp_err_status_ok) {
      if (fresh) nextKnown_ = (nextKnown_ + 1) % knownStreams;
      stream = {ssrc, true, 0};
    } else if (failed && !fresh) {
      stream.failures++;
    }
  }
  switch (result) {
    case srtp_err_status_ok:
      bytes = bytes.first(static_cast<std::size_t>(size));
      return Status::ok;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
      return Status::replayed;
    case srtp_err_status_parse_err:
    case srtp_err_status_bad_param:
      return Status::malformed;
    default:
      return Status::forged;
  }
}

/// Tries the next rollover counters on a packet that did not open.
bool SrtpSession::resume(std::span<const std::uint8_t> sealed, std::uint32_t ssrc, std::span<std::uint8_t>& bytes) {
  std::uint32_t current = 0;
  const bool added = srtp_get_stream_roc(in_.get(), ssrc, &current) != srtp_err_status_ok;
  if (added) {
    const srtp_policy_t stream = receivePolicy_.forStreams(ssrc_specific, ssrc, replayWindow);
    if (srtp_add_stream(in_.get(), &stream) != srtp_err_status_ok) return false;
  }
  for (std::uint32_t i = 0; i < rolloversAtOnce; i++) {
    // Never back: what was taken once could be played again.
    const std::uint32_t rollover = current + 1 + nextRollover_;
    nextRollover_ = (nextRollover_ + 1) % rollovers;
    std::copy(sealed.begin(), sealed.end(), bytes.begin());
    int size = static_cast<int>(sealed.size());
    srtp_set_stream_roc(in_.get(), ssrc, rollover);
    if (srtp_unprotect(in_.get(), bytes.data(), &size) == srtp_err_status_ok) {
      bytes = bytes.first(static_cast<std::size_t>(size));
      nextRollover_ = 0;
      return true;
    }
  }
  if (added) {
    srtp_remove_stream(in_.get(), htonl(ssrc));
  } else {
    srtp_set_stream_roc(in_.get(), ssrc, 0);  // 0: none is tried
  }
  return false;
}

std::uint32_t randomSsrc() {
  std::uint32_t ssrc = 0;
  while (ssrc == 0) static_cast<void>(::getrandom(&ssrc, sizeof ssrc, 0));
  return ssrc;
}

}  // namespace feimu
