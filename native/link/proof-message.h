#pragma once
// Our own RTCP, an APP packet (RFC 3550 §6.7), alone in its datagram:
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |V=2|P|  kind   |    PT=204     |           length=6            |
// |                        SSRC of who sends it                   |
// |                     name: "FEIM" in ASCII                     |
// |                                                               |
// |            nonce, 16 bytes; hello without keys: 0             |
// |                                                               |
// |                                                               |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace feimu {

using ProofNonce = std::array<std::uint8_t, 16>;

struct ProofMessage {
  enum class Kind : std::uint8_t {
    hello = 1,      // receiver: I am here; with a nonce: show that you are here now
    challenge = 2,  // sender: show that you get what is sent there
    response = 3,   // receiver: the nonce of the challenge
    echo = 4,       // sender: the nonce of the hello
  };
  Kind kind = Kind::hello;
  std::uint32_t ssrc = 0;  // of an echo: of the media
  ProofNonce nonce{};
};

constexpr std::size_t proofBytes = 28;

/// From the kernel.
ProofNonce randomNonce();

/// Empty for all that is not exactly that.
inline std::optional<ProofMessage> parseProof(std::span<const std::uint8_t> bytes) {
  constexpr std::array<std::uint8_t, 3> head{204, 0, 6};
  constexpr std::array<std::uint8_t, 4> name{'F', 'E', 'I', 'M'};
  if (bytes.size() != proofBytes || bytes[0] >> 5 != 4) return std::nullopt;
  const std::uint8_t kind = bytes[0] & 31;
  const bool ours = std::equal(head.begin(), head.end(), bytes.begin() + 1) && std::equal(name.begin(), name.end(), bytes.begin() + 8);
  if (!ours || kind < 1 || kind > 4) return std::nullopt;
  ProofMessage message{static_cast<ProofMessage::Kind>(kind), 0, {}};
  for (std::size_t i = 4; i < 8; i++) message.ssrc = message.ssrc << 8 | bytes[i];
  std::copy_n(bytes.begin() + 12, message.nonce.size(), message.nonce.begin());
  return message;
}

inline std::array<std::uint8_t, proofBytes> formatProof(const ProofMessage& message) {
  std::array<std::uint8_t, proofBytes> bytes{static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(message.kind)), 204, 0, 6};
  for (std::size_t i = 0; i < 4; i++) bytes[4 + i] = static_cast<std::uint8_t>(message.ssrc >> (24 - 8 * i));
  bytes[8] = 'F', bytes[9] = 'E', bytes[10] = 'I', bytes[11] = 'M';
  std::copy(message.nonce.begin(), message.nonce.end(), bytes.begin() + 12);
  return bytes;
}

}  // namespace feimu
