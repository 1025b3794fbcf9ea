#include "link/srtp-policy.h"

#include <cstring>
#include <optional>
#include <string_view>

namespace feimu {

namespace {

/// RFC 4648 §4, with its padding.
std::optional<std::vector<std::uint8_t>> decodeBase64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t end = text.find_last_not_of('=');
  const std::size_t digits = end == std::string_view::npos ? 0 : end + 1;
  if (text.size() - digits > 2) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char digit : text.substr(0, digits)) {
    const std::size_t value = alphabet.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) bytes.push_back(static_cast<std::uint8_t>(bits >> (count -= 8)));
  }
  return bytes;
}

}  // namespace

bool SrtpPolicy::set(const std::string& profile, const std::string& name, const std::string& key, std::string& error) {
  wide_ = profile == "AEAD_AES_256_GCM";
  if (!wide_ && profile != "AEAD_AES_128_GCM") {
    error = "Expected AEAD_AES_128_GCM or AEAD_AES_256_GCM for profile but received " + profile;
    return false;
  }
  const std::size_t wanted = wide_ ? SRTP_AES_GCM_256_KEY_LEN_WSALT : SRTP_AES_GCM_128_KEY_LEN_WSALT;
  auto bytes = decodeBase64(key);
  if (!bytes || bytes->size() != wanted) {
    // The key itself stays out of messages.
    error = "Expected base64 of " + std::to_string(wanted) + " bytes (key and salt) for " + name + " but received " +
            (bytes ? std::to_string(bytes->size()) + " bytes" : "what is no base64");
    if (bytes && !bytes->empty()) ::explicit_bzero(bytes->data(), bytes->size());
    return false;
  }
  key_ = std::move(*bytes);
  return true;
}

SrtpPolicy::~SrtpPolicy() {
  if (!key_.empty()) ::explicit_bzero(key_.data(), key_.size());
}

srtp_policy_t SrtpPolicy::forStreams(srtp_ssrc_type_t type, std::uint32_t value, unsigned long replayWindow) {
  srtp_policy_t policy{};
  for (srtp_crypto_policy_t* crypto : {&policy.rtp, &policy.rtcp}) {
    if (wide_) {
      srtp_crypto_policy_set_aes_gcm_256_16_auth(crypto);
    } else {
      srtp_crypto_policy_set_aes_gcm_128_16_auth(crypto);
    }
  }
  policy.ssrc.type = type;
  policy.ssrc.value = value;
  policy.key = key_.data();
  policy.window_size = replayWindow;
  return policy;
}

}  // namespace feimu
