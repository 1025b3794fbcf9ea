#include "link/address-proof.h"

#include <random>
#include <string>
#include <vector>

#include "testing/check.h"

using namespace feimu;
using Kind = ProofMessage::Kind;

namespace {

SocketAddress at(const std::string& host, std::uint16_t port = 5000) {
  const auto address = parseAddress(host, port);
  CHECK(address);
  return *address;
}

struct Sender {
  explicit Sender(std::optional<SocketAddress> target = {}, bool oneWay = false)
      : proof({.ssrc = 7, .target = target, .oneWay = oneWay, .random = [this] {
                 ProofNonce nonce;
                 for (auto& byte : nonce) byte = static_cast<std::uint8_t>(random());
                 return nonce;
               }}) {}
  std::vector<ProofDatagram> all(std::int64_t nowUs) {
    std::vector<ProofDatagram> out;
    while (auto one = proof.next(nowUs)) out.push_back(*one);
    return out;
  }
  void hello(const SocketAddress& from, std::int64_t nowUs) { proof.onDatagram(from, ProofMessage{Kind::hello, 9, {}}, proofBytes, nowUs); }
  void respond(const SocketAddress& from, const ProofNonce& nonce, std::int64_t nowUs) {
    proof.onDatagram(from, ProofMessage{Kind::response, 9, nonce}, proofBytes, nowUs);
  }
  void feedback(const SocketAddress& from, std::int64_t nowUs, std::size_t bytes = 60) { proof.onDatagram(from, std::nullopt, bytes, nowUs); }
  /// Hello, challenge, response.
  void prove(const SocketAddress& from, std::int64_t nowUs) {
    hello(from, nowUs);
    for (const ProofDatagram& one : all(nowUs)) {
      CHECK(one.message.kind == Kind::challenge);
      if (one.to == from) respond(from, one.message.nonce, nowUs);
    }
    CHECK(goesTo(from, nowUs));
  }
  bool goesTo(const SocketAddress& address, std::int64_t nowUs) {
    const SocketAddress* to = proof.destination(nowUs);
    return to != nullptr && *to == address;
  }
  std::mt19937 random{1};
  AddressProof proof;
};

void writesWhatItReads() {
  ProofMessage message{Kind::challenge, 0x01020304, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  const auto bytes = formatProof(message);
  const std::array<std::uint8_t, 28> recorded{0x82, 0xcc, 0, 6, 1, 2, 3, 4, 'F', 'E', 'I', 'M', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  CHECK(bytes == recorded);
  const auto parsed = parseProof(bytes);
  CHECK(parsed && parsed->kind == message.kind && parsed->ssrc == message.ssrc && parsed->nonce == message.nonce);
  for (std::size_t size = 0; size < bytes.size(); size++) CHECK(!parseProof(std::span(bytes).first(size)));
  for (const std::size_t place : {0U, 1U, 2U, 3U, 8U, 11U}) {
    auto other = bytes;
    other[place] ^= 0x20;
    CHECK(!parseProof(other));
  }
  auto kind = bytes;
  for (const std::uint8_t wrong : {0, 5, 31}) {
    kind[0] = 0x80 | wrong;
    CHECK(!parseProof(kind));
  }
}

void opensByTheReceiversHello() {
  Sender sender;
  const SocketAddress receiver = at("192.168.1.9");
  CHECK(sender.proof.destination(0) == nullptr && sender.all(0).empty());
  sender.prove(receiver, 1000);
  CHECK(sender.proof.stats().proofs == 1 && sender.proof.stats().moved == 0);
}

void opensByAskingTheNamedAddress() {
  const SocketAddress receiver = at("fd00::9");
  Sender sender(receiver);
  std::vector<std::int64_t> askedUs;
  ProofNonce nonce{};
  for (std::int64_t now = 0; now < 10'000'000; now += 10'000) {
    CHECK(sender.proof.destination(now) == nullptr);
    for (const auto& one : sender.all(now)) {
      CHECK(one.to == receiver);
      askedUs.push_back(now);
      nonce = one.message.nonce;
    }
  }
  const std::vector<std::int64_t> expected{0, 100'000, 300'000, 700'000, 1'500'000, 3'100'000, 5'100'000, 7'100'000, 9'100'000};
  CHECK(askedUs == expected);
  sender.respond(receiver, nonce, 10'000'000);
  CHECK(sender.goesTo(receiver, 10'000'000));
}

void believesNoOtherAnswer() {
  Sender sender;
  const SocketAddress receiver = at("192.168.1.9"), other = at("192.168.1.66"), port = at("192.168.1.9", 5001);
  sender.hello(receiver, 0);
  const ProofNonce nonce = sender.all(0).at(0).message.nonce;
  ProofNonce guess = nonce;
  guess[15] ^= 1;
  sender.respond(receiver, guess, 10);
  sender.respond(other, nonce, 10);  // overheard
  sender.respond(port, nonce, 10);
  sender.respond(receiver, {}, 10);
  CHECK(sender.proof.destination(10) == nullptr && sender.proof.stats().wrong == 4);
  sender.respond(receiver, nonce, AddressProof::answerUs);  // too late
  CHECK(sender.proof.destination(AddressProof::answerUs) == nullptr);

  Sender again;
  again.hello(receiver, 0);
  const ProofNonce used = again.all(0).at(0).message.nonce;
  again.respond(receiver, used, 10);
  again.hello(other, 200'000);
  CHECK(again.all(200'000).size() == 1);
  again.respond(other, used, 200'010);
  again.respond(receiver, used, 200'010);  // once more
  CHECK(again.proof.stats().wrong == 2 && again.goesTo(receiver, 200'010));
}

void followsTheReceiver() {
  Sender sender;
  const SocketAddress before = at("192.168.1.9"), after = at("10.0.0.3");
  sender.prove(before, 0);
  sender.feedback(after, 500'000);
  const auto asked = sender.all(500'000);
  CHECK(asked.size() == 1 && asked[0].to == after);
  CHECK(sender.goesTo(before, 500'000));  // until it is proven
  sender.respond(after, asked[0].message.nonce, 520'000);
  CHECK(sender.goesTo(after, 520'000) && sender.proof.stats().moved == 1);
  // What the network still brings from the old address moves nothing by itself.
  sender.feedback(before, 530'000);
  CHECK(sender.goesTo(after, 530'000));
}

void stopsForASilentReceiver() {
  const SocketAddress named = at("192.168.1.9"), moved = at("192.168.1.10");
  Sender sender(named);
  const ProofNonce nonce = sender.all(0).at(0).message.nonce;
  sender.respond(named, nonce, 0);
  for (std::int64_t now = 0; now <= 900'000; now += 100'000) {
    sender.feedback(named, now);
    CHECK(sender.all(now).empty());
  }
  CHECK(sender.all(1'899'999).empty() && sender.proof.wakeUs() == 1'900'000);
  const auto asked = sender.all(1'900'000);
  CHECK(asked.size() == 1);
  sender.respond(named, asked[0].message.nonce, 1'950'000);  // it lives, and has nothing to say
  CHECK(sender.goesTo(named, 6'949'999));
  CHECK(sender.proof.destination(6'950'000) == nullptr && sender.proof.stats().expired == 1);
  sender.feedback(named, 6'950'001);  // not enough after that
  CHECK(sender.proof.destination(6'950'001) == nullptr);
  const auto anew = sender.all(6'950'001);
  CHECK(anew.size() == 1 && anew[0].to == named && !(anew[0].message.nonce == asked[0].message.nonce));
  sender.prove(moved, 8'000'000);
  CHECK(sender.goesTo(moved, 12'999'999));
  CHECK(sender.proof.destination(13'000'000) == nullptr);
  CHECK(sender.all(13'000'000).at(0).to == named);
}

void neverAnswersWithMore() {
  Sender sender;
  std::size_t cameBytes = 0, leftBytes = 0;
  std::mt19937 random(3);
  for (std::int64_t now = 0; now < 5'000'000; now += 200) {
    const SocketAddress from = at("10.1." + std::to_string(random() % 256) + "." + std::to_string(random() % 256));
    const std::size_t size = random() % 60;
    sender.feedback(from, now, size);
    cameBytes += size;
    leftBytes += sender.all(now).size() * proofBytes;
    CHECK(leftBytes <= cameBytes);
  }
  CHECK(sender.proof.stats().challenges <= 51);
  CHECK(sender.proof.stats().limited > 24'000);
  sender.feedback(at("10.1.1.1"), 6'000'000, proofBytes - 1);
  CHECK(sender.all(6'000'000).empty());

  // The named address is found through all of that.
  const SocketAddress named = at("192.168.1.9");
  Sender busy(named);
  for (std::int64_t now = 0; busy.proof.destination(now) == nullptr; now += 1000) {
    CHECK(now < 1'000'000);
    busy.feedback(at("10.1.1." + std::to_string(random() % 256)), now);
    for (const auto& one : busy.all(now)) {
      if (one.to == named) busy.respond(named, one.message.nonce, now + 500);
    }
  }
}

void sendsOneWayOnHomeNetworksOnly() {
  for (const char* host : {"192.168.1.9", "10.0.0.1", "172.31.0.1", "127.0.0.1", "169.254.3.3", "fd00::1", "fe80::1", "::1", "::ffff:10.0.0.1"}) {
    Sender sender(at(host), true);
    CHECK(sender.goesTo(at(host), 0) && sender.all(0).empty());
    sender.feedback(at("192.168.1.66"), 0);
    CHECK(sender.goesTo(at(host), 100'000'000) && sender.all(100'000'000).empty());
  }
  for (const char* host : {"8.8.8.8", "172.32.0.1", "224.0.0.1", "2001:db8::1", "ff02::1", "::ffff:8.8.8.8"}) {
    Sender sender(at(host), true);
    CHECK(sender.proof.destination(0) == nullptr);
  }
}

void receiverSaysHelloAndAnswers() {
  const SocketAddress sender = at("192.168.1.2"), moved = at("10.0.0.2");
  AddressAnswer answer({.ssrc = 9, .sender = sender});
  auto hello = answer.next(0);
  CHECK(hello && hello->to == sender && hello->message.kind == Kind::hello && hello->message.ssrc == 9);
  CHECK(!answer.next(99'999) && answer.wakeUs() == 100'000);
  CHECK(answer.next(100'000) && !answer.next(299'999) && answer.next(300'000));

  const ProofMessage challenge{Kind::challenge, 7, {4, 4}};
  answer.onDatagram(sender, challenge, 310'000);
  CHECK(answer.wakeUs() <= 310'000);
  const auto response = answer.next(310'000);
  CHECK(response && response->to == sender && response->message.kind == Kind::response && response->message.nonce == challenge.nonce);
  for (std::int64_t now = 310'000; now < 3'000'000; now += 30'000) {
    answer.onDatagram(sender, std::nullopt, now);  // media
    CHECK(!answer.next(now));
  }
  // The sender's address changes, then ours.
  answer.onDatagram(moved, challenge, 3'000'000);
  CHECK(*answer.destination() == moved && answer.next(3'000'000)->to == moved);
  answer.onMoved(3'100'000);
  CHECK(answer.next(3'100'000)->message.kind == Kind::hello);
  // Silence: after a while the sender is looked for where it was named.
  SocketAddress last;
  for (std::int64_t now = 3'100'000; now < 20'000'000; now += 50'000) {
    if (const auto one = answer.next(now)) last = one->to;
  }
  CHECK(last == sender);
  // Neither a hello nor a response is anything to answer.
  answer.onDatagram(sender, ProofMessage{Kind::hello, 7, {}}, 20'000'000);
  const auto idle = answer.next(20'000'000);
  CHECK(!idle || idle->message.kind == Kind::hello);
}

void receiverAnswersNoFlood() {
  AddressAnswer answer({.ssrc = 9});
  CHECK(answer.destination() == nullptr && !answer.next(0));
  int answers = 0;
  for (std::int64_t now = 0; now < 1'000'000; now += 100) {
    answer.onDatagram(at("10.0.0.1"), ProofMessage{Kind::challenge, 7, {}}, now);
    while (const auto one = answer.next(now)) answers += one->message.kind == Kind::response;
  }
  CHECK(answers > 40 && answers < 65);
}

/// Who plays a recording has no echo of a nonce that was drawn after it.
void receiverAsksForAnEcho() {
  const SocketAddress sender = at("10.0.0.1"), receiver = at("10.0.0.2");
  const ProofNonce nonce{9, 8, 7};
  AddressAnswer answer({.ssrc = 2, .nonce = nonce});
  answer.onDatagram(sender, ProofMessage{Kind::challenge, 7, {1}}, 0);
  const auto hello = answer.next(0), response = answer.next(0);
  CHECK(hello && hello->message.kind == Kind::hello && hello->message.nonce == nonce && hello->to == sender);
  CHECK(response && response->message.kind == Kind::response && !answer.next(0));
  // Its echo leaves before the media that the response lets go.
  Sender sending(receiver);
  const auto challenge = sending.all(0);
  sending.proof.onDatagram(receiver, hello->message, proofBytes, 10);
  sending.respond(receiver, challenge[0].message.nonce, 10);
  CHECK(sending.goesTo(receiver, 10) && sending.proof.wakeUs() == 0);
  const auto echo = sending.proof.next(10);
  CHECK(echo && echo->message.kind == Kind::echo && echo->message.nonce == nonce && echo->message.ssrc == 7 && echo->to == receiver);
  int echoes = 0;
  for (std::int64_t us = 1'000'000; us < 2'000'000; us += 1'000) {
    sending.proof.onDatagram(receiver, hello->message, proofBytes, us);
    while (const auto one = sending.proof.next(us)) echoes += one->message.kind == Kind::echo ? 1 : 0;
  }
  CHECK(echoes == 50);
  // Media without one: asked for again, ten times a second.
  int asked = 0;
  for (std::int64_t us = 0; us < 1'000'000; us += 1'000) {
    answer.onUnproven(sender, us);
    while (const auto one = answer.next(us)) asked += one->message.kind == Kind::hello ? 1 : 0;
  }
  CHECK(asked == 10);
}

}  // namespace

int main() {
  writesWhatItReads();
  opensByTheReceiversHello();
  opensByAskingTheNamedAddress();
  believesNoOtherAnswer();
  followsTheReceiver();
  stopsForASilentReceiver();
  neverAnswersWithMore();
  sendsOneWayOnHomeNetworksOnly();
  receiverSaysHelloAndAnswers();
  receiverAnswersNoFlood();
  receiverAsksForAnEcho();
}
