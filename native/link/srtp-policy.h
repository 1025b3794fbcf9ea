#pragma once
#include <srtp2/srtp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace feimu {

struct SrtpClose {
  void operator()(srtp_t session) const { srtp_dealloc(session); }
};
using SrtpContext = std::unique_ptr<srtp_ctx_t_, SrtpClose>;

/// Profile, key and salt of one direction. Forgets the key when it ends.
class SrtpPolicy {
 public:
  /// False with `error` for a profile that is none of ours, or a key that is no base64 or of another length;
  /// `name` is what the error calls the key.
  bool set(const std::string& profile, const std::string& name, const std::string& key, std::string& error);
  SrtpPolicy() = default;
  ~SrtpPolicy();
  SrtpPolicy(SrtpPolicy&&) = default;
  SrtpPolicy& operator=(SrtpPolicy&&) = delete;

  /// For any stream of the direction (ssrc_any_outbound, ssrc_any_inbound), or with `value` for the one that is
  /// named. It points into this object.
  [[nodiscard]] srtp_policy_t forStreams(srtp_ssrc_type_t type, std::uint32_t value, unsigned long replayWindow);
  [[nodiscard]] bool sameKey(const SrtpPolicy& other) const { return key_ == other.key_; }

 private:
  bool wide_ = false;  // 256 bits
  std::vector<std::uint8_t> key_;
};

}  // namespace feimu
