#include "link/address-proof.h"

#include <sys/random.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace feimu {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t firstPauseUs = 100'000;
constexpr std::int64_t longestPauseUs = 2'000'000;

std::int64_t doubled(std::int64_t pauseUs) { return std::clamp(pauseUs * 2, firstPauseUs, longestPauseUs); }

}  // namespace

ProofNonce randomNonce() {
  ProofNonce nonce;
  // Up to 256 bytes are whole once the kernel's pool is ready, which it is long before us.
  while (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {}
  return nonce;
}

AddressProof::AddressProof(Options options) : options_(std::move(options)), home_(options_.target) {}

AddressProof::Challenge AddressProof::make(const SocketAddress& address, std::int64_t nowUs) {
  return {address, options_.random(), nowUs, true, true};
}

void AddressProof::onDatagram(const SocketAddress& from, const std::optional<ProofMessage>& message, std::size_t sizeBytes,
                              std::int64_t nowUs) {
  if (options_.oneWay) return;
  static_cast<void>(destination(nowUs));  // a proof that has run out counts no more
  if (message && (message->kind == ProofMessage::Kind::challenge || message->kind == ProofMessage::Kind::echo)) return;  // we are no receiver
  if (message && message->kind == ProofMessage::Kind::response) return settle(from, message->nonce, nowUs);
  if (message && message->nonce != ProofNonce{} && nowUs >= nextEchoUs_) {
    nextEchoUs_ = nowUs + echoEveryUs;
    echo_ = {from, {ProofMessage::Kind::echo, options_.ssrc, message->nonce}};
  }
  if (proven_ && from == *home_) {
    heardUs_ = nowUs;
    homeChallenge_.open = homeChallenge_.due = false;
    homePauseUs_ = 0;
    homeAskUs_ = nowUs + askAfterUs;
    return;
  }
  // A named address is asked by itself as long as it has not answered.
  if (!proven_ && home_ && from == *home_) {
    homePauseUs_ = 0;
    homeAskUs_ = std::min(homeAskUs_, std::max(nowUs, homeChallenge_.madeUs + firstPauseUs));
    return;
  }
  ask(from, sizeBytes, nowUs);
}

/// Someone with our trust sends from an address that did not prove itself.
void AddressProof::ask(const SocketAddress& address, std::size_t sizeBytes, std::int64_t nowUs) {
  const auto known = std::find_if(candidates_.begin(), candidates_.end(), [&](const Challenge& one) {
    return one.open && one.address == address && nowUs - one.madeUs < answerUs;
  });
  // The oldest gives way; at the allowed pace it has had 400 ms.
  const auto slot = known != candidates_.end() ? known
                                               : std::min_element(candidates_.begin(), candidates_.end(), [](const auto& one, const auto& other) {
                                                   return std::pair(one.open, one.madeUs) < std::pair(other.open, other.madeUs);
                                                 });
  if (sizeBytes < proofBytes || nowUs < nextCandidateUs_) {
    stats_.limited++;
    return;
  }
  nextCandidateUs_ = nowUs + candidateEveryUs;
  if (slot == known) {
    slot->due = true;
  } else {
    *slot = make(address, nowUs);
  }
}

void AddressProof::settle(const SocketAddress& from, const ProofNonce& nonce, std::int64_t nowUs) {
  const auto answers = [&](const Challenge& one) {
    return one.open && one.address == from && one.nonce == nonce && nowUs - one.madeUs < answerUs;
  };
  const auto candidate = std::find_if(candidates_.begin(), candidates_.end(), answers);
  if (candidate == candidates_.end() && !answers(homeChallenge_)) {
    stats_.wrong++;
    return;
  }
  if (proven_ && !(from == *home_)) stats_.moved++;
  if (candidate != candidates_.end()) candidate->open = candidate->due = false;
  homeChallenge_.open = homeChallenge_.due = false;  // of the address before, or answered
  home_ = from;
  proven_ = true;
  heardUs_ = nowUs;
  homePauseUs_ = 0;
  homeAskUs_ = nowUs + askAfterUs;
  stats_.proofs++;
}

const SocketAddress* AddressProof::destination(std::int64_t nowUs) {
  if (options_.oneWay) return home_ && isPrivateUnicast(*home_) ? &*home_ : nullptr;
  if (proven_ && nowUs - heardUs_ >= silenceUs) {
    proven_ = false;
    stats_.expired++;
    homeChallenge_.open = homeChallenge_.due = false;
    // One that moved while we did not hear it will say so; the named address is where to look.
    if (options_.target) home_ = options_.target;
    homeAskUs_ = nowUs;
    homePauseUs_ = 0;
  }
  return proven_ ? &*home_ : nullptr;
}

ProofDatagram AddressProof::send(Challenge& challenge) {
  challenge.due = false;
  stats_.challenges++;
  return {challenge.address, {ProofMessage::Kind::challenge, options_.ssrc, challenge.nonce}};
}

std::optional<ProofDatagram> AddressProof::next(std::int64_t nowUs) {
  if (options_.oneWay) return std::nullopt;
  static_cast<void>(destination(nowUs));
  if (echo_) return std::exchange(echo_, std::nullopt);
  if (home_ && nowUs >= homeAskUs_) {
    const bool stillOpen = homeChallenge_.open && homeChallenge_.address == *home_ && nowUs - homeChallenge_.madeUs < answerUs;
    if (!stillOpen) homeChallenge_ = make(*home_, nowUs);
    homePauseUs_ = doubled(homePauseUs_);
    homeAskUs_ = nowUs + homePauseUs_;
    return send(homeChallenge_);
  }
  for (Challenge& candidate : candidates_) {
    if (candidate.due) return send(candidate);
  }
  return std::nullopt;
}

std::int64_t AddressProof::wakeUs() const {
  if (options_.oneWay) return never;
  const bool due = echo_ || std::any_of(candidates_.begin(), candidates_.end(), [](const Challenge& one) { return one.due; });
  if (due) return 0;
  const std::int64_t expiryUs = proven_ ? heardUs_ + silenceUs : never;
  return home_ ? std::min(homeAskUs_, expiryUs) : expiryUs;
}

void AddressAnswer::onDatagram(const SocketAddress& from, const std::optional<ProofMessage>& message, std::int64_t nowUs) {
  if (message && message->kind != ProofMessage::Kind::challenge) return;
  peer_ = from;
  helloUs_ = nowUs + quietUs;
  helloPauseUs_ = 0;
  if (!message || nowUs < nextAnswerUs_ - 10 * answerEveryUs) return;
  nextAnswerUs_ = std::max(nextAnswerUs_, nowUs) + answerEveryUs;
  if (options_.nonce != ProofNonce{}) ask_ = from;
  answer_ = {from, {ProofMessage::Kind::response, options_.ssrc, message->nonce}};
}

void AddressAnswer::onUnproven(const SocketAddress& from, std::int64_t nowUs) {
  if (nowUs < nextAskUs_) return;
  nextAskUs_ = nowUs + askEveryUs;
  ask_ = from;
}

void AddressAnswer::onMoved(std::int64_t nowUs) {
  helloUs_ = nowUs;
  helloPauseUs_ = 0;
}

const SocketAddress* AddressAnswer::destination() const {
  return peer_ ? &*peer_ : options_.sender ? &*options_.sender : nullptr;
}

std::optional<ProofDatagram> AddressAnswer::next(std::int64_t nowUs) {
  if (ask_) return ProofDatagram{*std::exchange(ask_, std::nullopt), {ProofMessage::Kind::hello, options_.ssrc, options_.nonce}};
  if (answer_) return std::exchange(answer_, std::nullopt);
  const SocketAddress* to = destination();
  if (to == nullptr || nowUs < helloUs_) return std::nullopt;
  // A sender that moved away is looked for where it was at first.
  if (options_.sender && helloPauseUs_ >= longestPauseUs) peer_.reset();
  helloPauseUs_ = doubled(helloPauseUs_);
  helloUs_ = nowUs + helloPauseUs_;
  return ProofDatagram{*destination(), {ProofMessage::Kind::hello, options_.ssrc, options_.nonce}};
}

std::int64_t AddressAnswer::wakeUs() const {
  if (ask_ || answer_) return 0;
  return destination() != nullptr ? helloUs_ : never;
}

}  // namespace feimu
