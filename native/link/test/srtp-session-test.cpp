#include "link/srtp-session.h"

#include <algorithm>
#include <random>
#include <vector>

#include "link/test/srtp-keys.h"
#include "testing/check.h"

using namespace feimu;
using Bytes = std::vector<std::uint8_t>;
using Status = SrtpSession::Status;

namespace {

std::unique_ptr<SrtpSession> open(const SrtpKeys& keys) {
  std::string error;
  auto session = SrtpSession::open(keys, error);
  CHECK(session && error.empty());
  return session;
}

Bytes rtp(std::uint32_t ssrc, std::uint16_t sequence, std::size_t payloadBytes) {
  Bytes bytes{0x80, 96, static_cast<std::uint8_t>(sequence >> 8), static_cast<std::uint8_t>(sequence), 0, 0, 0, 9};
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(ssrc >> shift));
  for (std::size_t i = 0; i < payloadBytes; i++) bytes.push_back(static_cast<std::uint8_t>(i * 7));
  return bytes;
}

const Bytes pli{0x81, 206, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};

Bytes seal(SrtpSession& session, const Bytes& plain) {
  Bytes bytes = plain;
  bytes.resize(plain.size() + SrtpSession::overheadBytes);
  bytes.resize(session.protect(bytes, plain.size()));
  return bytes;
}

Status unseal(SrtpSession& session, Bytes sealed, Bytes* plain = nullptr, std::int64_t nowUs = 0) {
  std::span<std::uint8_t> bytes = sealed;
  const Status status = session.unprotect(bytes, nowUs);
  if (plain != nullptr) plain->assign(bytes.begin(), bytes.end());
  return status;
}

void carriesBothWays(const SrtpKeys& keys) {
  auto one = open(keys), other = open(testing::turned(keys));
  Bytes withExtension{0x90, 96, 0, 2, 0, 0, 0, 9, 0, 0, 0, 5, 0xbe, 0xde, 0, 1, 0x31, 0, 7, 0, 1, 2, 3};
  for (const Bytes& plain : {rtp(5, 0, 1188), rtp(5, 1, 1), rtp(6, 60'000, 100), rtp(7, 3, 0), withExtension, pli}) {
    for (auto [from, to] : {std::pair(one.get(), other.get()), std::pair(other.get(), one.get())}) {
      const Bytes sealed = seal(*from, plain);
      CHECK(sealed.size() > plain.size() && sealed.size() <= plain.size() + SrtpSession::overheadBytes);
      Bytes opened;
      CHECK(unseal(*to, sealed, &opened) == Status::ok);
      CHECK(opened == plain);
      CHECK(unseal(*to, sealed) == Status::replayed);
      CHECK(unseal(*from, sealed) != Status::ok);  // sent back to where it came from
    }
  }
  CHECK(one->stats().opened == 6 && one->stats().replayed == 6 && one->stats().forged == 6);
}

void takesOthersOrderWithinItsWindow() {
  auto one = open(testing::keys128), other = open(testing::turned(testing::keys128));
  std::vector<Bytes> sealed;
  for (std::uint16_t i = 0; i < 3000; i++) sealed.push_back(seal(*one, rtp(1, i, 10)));
  CHECK(unseal(*other, sealed[1500]) == Status::ok);
  CHECK(unseal(*other, sealed[600]) == Status::ok);
  CHECK(unseal(*other, sealed[600]) == Status::replayed);
  CHECK(unseal(*other, sealed[2999]) == Status::ok);
  CHECK(unseal(*other, sealed[1501]) == Status::replayed);  // too old to tell
  CHECK(unseal(*other, sealed[2998]) == Status::ok);
}

void refusesWhatIsNotWhole() {
  auto one = open(testing::keys128), other = open(testing::turned(testing::keys128));
  for (const Bytes& plain : {rtp(1, 1, 40), pli}) {
    const Bytes sealed = seal(*one, plain);
    for (std::size_t bit = 0; bit < sealed.size() * 8; bit++) {
      Bytes forged = sealed;
      forged[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      CHECK(unseal(*other, forged) != Status::ok);
    }
    for (std::size_t size = 0; size < sealed.size(); size++) CHECK(unseal(*other, Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size))) != Status::ok);
    CHECK(unseal(*other, Bytes(4000, 0x80)) == Status::malformed);
    CHECK(unseal(*other, sealed) == Status::ok);
  }
  CHECK(other->stats().opened == 2 && other->stats().replayed == 0);
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; i++) {
    Bytes noise(random() % 200);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    if (noise.size() > 1) noise[0] = 0x80 | (noise[0] & 0x3f);
    CHECK(unseal(*other, noise, nullptr, i * 1000) != Status::ok);
  }
}

void protectsOnlyWhatIsAPacket() {
  auto one = open(testing::keys128);
  Bytes bytes = rtp(1, 1, 20);
  CHECK(one->protect(bytes, bytes.size()) == 0);  // no room
  bytes.resize(200);
  CHECK(one->protect(bytes, 11) == 0);
  CHECK(one->protect(bytes, 201) == 0);
  bytes[0] = 0x9f;  // fifteen sources and an extension that are not there
  CHECK(one->protect(bytes, 20) == 0);
  CHECK(one->protect(bytes, 0) == 0);
  CHECK(!seal(*one, rtp(1, 2, 20)).empty());
  CHECK(seal(*one, rtp(1, 2, 20)).empty());  // a number may be used once
}

void namesTheKeyThatIsWrong() {
  std::string error;
  SrtpKeys keys = testing::keys128;
  keys.profile = "AES_CM_128_HMAC_SHA1_80";
  CHECK(!SrtpSession::open(keys, error) && error.find("profile") != std::string::npos);
  keys = testing::keys128;
  keys.receiveKey = testing::keys256.receiveKey;
  CHECK(!SrtpSession::open(keys, error));
  CHECK(error == "Expected base64 of 28 bytes (key and salt) for receiveKey but received 44 bytes");
  for (const char* wrong : {"", "AAEC", "not base64!!", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG===", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"}) {
    keys = testing::keys128;
    keys.sendKey = wrong;
    CHECK(!SrtpSession::open(keys, error) && error.find("sendKey") != std::string::npos);
  }
  keys = testing::keys128;
  keys.sendKey = keys.receiveKey;
  CHECK(!SrtpSession::open(keys, error) && error.find("each direction") != std::string::npos);
}

/// The receiving end starts anew while the other one goes on.
void meetsAStreamInItsMiddle() {
  auto one = open(testing::keys128);
  std::vector<Bytes> first;
  Bytes sealed;
  for (std::uint32_t i = 0; i < 65'536 * 2 + 500; i++) {
    sealed = seal(*one, rtp(1, static_cast<std::uint16_t>(i), 8));
    if (i < 100) first.push_back(sealed);
  }
  auto fresh = open(testing::turned(testing::keys128));
  CHECK(unseal(*fresh, sealed, nullptr, 0) == Status::ok);
  CHECK(fresh->stats().resumed == 1);
  CHECK(unseal(*fresh, sealed, nullptr, 1) == Status::replayed);
  CHECK(unseal(*fresh, first[50], nullptr, 1'000'000) != Status::ok);  // recorded long ago
  for (std::uint32_t i = 500; i < 1000; i++) CHECK(unseal(*fresh, seal(*one, rtp(1, static_cast<std::uint16_t>(i), 8)), nullptr, 2) == Status::ok);

  // Fooled by a record of the stream's beginning, it comes back to the living one.
  auto fooled = open(testing::turned(testing::keys128));
  for (const Bytes& old : first) CHECK(unseal(*fooled, old, nullptr, 0) == Status::ok);
  int refused = 0;
  for (std::uint32_t i = 1000;; i++) {
    if (unseal(*fooled, seal(*one, rtp(1, static_cast<std::uint16_t>(i), 8)), nullptr, 200'000 + i) == Status::ok) break;
    CHECK(++refused < 20);
  }
  CHECK(unseal(*fooled, first[99], nullptr, 1'000'000) != Status::ok);

  // A flood from streams that nobody has leads nowhere, and leaves the true one as it is.
  auto flooded = open(testing::turned(testing::keys128));
  for (std::uint32_t i = 0; i < 2000; i++) {
    Bytes forged = sealed;
    forged.at(8) = static_cast<std::uint8_t>(i);
    forged.at(9) = static_cast<std::uint8_t>(i >> 8) | 1;
    CHECK(unseal(*flooded, forged, nullptr, i * 1000) == Status::forged);
  }
  bool found = false;
  for (std::uint32_t i = 2000; !found && i < 60'000; i++) {
    found = unseal(*flooded, seal(*one, rtp(1, static_cast<std::uint16_t>(i), 8)), nullptr, i * 100'000LL) == Status::ok;
  }
  CHECK(found);
}

}  // namespace

int main() {
  carriesBothWays(testing::keys128);
  carriesBothWays(testing::keys256);
  takesOthersOrderWithinItsWindow();
  refusesWhatIsNotWhole();
  protectsOnlyWhatIsAPacket();
  namesTheKeyThatIsWrong();
  meetsAStreamInItsMiddle();
  CHECK(randomSsrc() != randomSsrc());
}
