#include "link/address-proof.h"

#include <algorithm>
#include <array>

#include "testing/check.h"
#include "testing/fuzz.h"

using namespace feimu;

// An input is a train of events, each of three bytes:
// |  what, 8  |  address, 2  |  ms since the one before, 6  |  a size, or a bit of the nonce to spoil, 8  |
namespace {

struct Address {
  SocketAddress address;
  ProofNonce nonce{};   // of the last challenge that went there
  bool asked = false;
  bool proven = false;  // answered rightly at least once
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto message = parseProof({data, size})) {
    CHECK(std::ranges::equal(formatProof(*message), std::span(data, size)));
  }
  std::array<Address, 4> addresses;
  for (std::size_t i = 0; i < addresses.size(); i++) addresses[i].address = *parseAddress("10.0.0." + std::to_string(i), 5);
  std::uint8_t count = 0;
  AddressProof proof({.ssrc = 1, .target = size % 2 == 0 ? std::nullopt : std::optional(addresses[0].address), .random = [&] {
                        ProofNonce nonce;
                        nonce.fill(++count);
                        return nonce;
                      }});
  std::int64_t nowUs = 0;
  for (std::size_t at = 0; at + 3 <= size; at += 3) {
    Address& one = addresses[data[at + 1] >> 6];
    nowUs += (data[at + 1] & 63) * 20'000;
    ProofMessage message{static_cast<ProofMessage::Kind>(data[at] % 5), 2, one.nonce};
    if (data[at] % 5 == 0) {
      proof.onDatagram(one.address, std::nullopt, data[at + 2], nowUs);
    } else {
      const bool spoiled = data[at + 2] < 128;
      if (spoiled) message.nonce[data[at + 2] / 8] ^= static_cast<std::uint8_t>(1 << data[at + 2] % 8);
      one.proven = one.proven || (message.kind == ProofMessage::Kind::response && one.asked && !spoiled);
      proof.onDatagram(one.address, message, proofBytes, nowUs);
    }
    for (int sent = 0; const auto challenge = proof.next(nowUs); sent++) {
      if (challenge->message.kind == ProofMessage::Kind::echo) {
        CHECK(message.kind == ProofMessage::Kind::hello && challenge->to == one.address && challenge->message.nonce == message.nonce);
        continue;
      }
      CHECK(sent < 6 && challenge->message.kind == ProofMessage::Kind::challenge);
      const auto to = std::ranges::find(addresses, challenge->to, &Address::address);
      CHECK(to != addresses.end());
      to->nonce = challenge->message.nonce;
      to->asked = true;
    }
    if (const SocketAddress* to = proof.destination(nowUs)) {
      CHECK(std::ranges::find(addresses, *to, &Address::address)->proven);
    }
    CHECK(proof.wakeUs() > nowUs);
  }
  return 0;
}

std::vector<std::vector<std::uint8_t>> fuzzSeeds() {
  const auto message = formatProof({ProofMessage::Kind::challenge, 1, {1, 2, 3}});
  return {{message.begin(), message.end()},
          {1, 0x40, 0, 3, 0x41, 200, 0, 0x45, 60, 0, 0x85, 60, 3, 0x81, 200, 0, 0xbf, 60},
          {3, 0x01, 200, 0, 0x3f, 60, 0, 0x3f, 60, 0, 0x3f, 60, 0, 0x3f, 60, 3, 0x01, 3, 9}};
}
