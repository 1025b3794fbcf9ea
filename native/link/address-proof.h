#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "link/proof-message.h"
#include "link/socket-address.h"

namespace feimu {

/// What is to be sent now, and where.
struct ProofDatagram {
  SocketAddress to;
  ProofMessage message;
};

/// The sending end's gate: media goes to no address that has not answered a challenge. Without sockets and clocks.
/// Only what the caller trusts comes in here: what was authenticated, or without keys what a host sent that the
/// configuration names. One thread.
///
/// A challenge answers one datagram that is no smaller, at most ten a second for all addresses that nobody named; to
/// the named or proven address it goes by itself with a back-off. A silent receiver is challenged after 1 s, and gets
/// nothing more after 5 s. A hello with a nonce is answered with an echo, fifty a second.
class AddressProof {
 public:
  struct Options {
    std::uint32_t ssrc = 0;                 // of the media
    std::optional<SocketAddress> target{};  // where the receiver should be; empty: it will say hello
    bool oneWay = false;                    // the target cannot answer and its owner said so: private unicast only
    std::function<ProofNonce()> random = randomNonce;
  };
  struct Stats {
    std::uint64_t challenges = 0, proofs = 0;
    std::uint64_t moved = 0;    // proofs of another address than before
    std::uint64_t wrong = 0;    // responses to nothing that was asked there and then
    std::uint64_t limited = 0;  // addresses that were not challenged since there were too many, or too little came
    std::uint64_t expired = 0;  // receivers that fell silent
  };

  static constexpr std::size_t candidates = 4;
  static constexpr std::int64_t answerUs = 3'000'000;  // a challenge may be answered for this long
  static constexpr std::int64_t askAfterUs = 1'000'000;
  static constexpr std::int64_t silenceUs = 5'000'000;
  static constexpr std::int64_t candidateEveryUs = 100'000;
  static constexpr std::int64_t echoEveryUs = 20'000;

  explicit AddressProof(Options options);

  /// A trusted datagram of `sizeBytes` from an address; with `message` when it is one of ours.
  void onDatagram(const SocketAddress& from, const std::optional<ProofMessage>& message, std::size_t sizeBytes, std::int64_t nowUs);
  /// Where media may go now; null: nowhere.
  [[nodiscard]] const SocketAddress* destination(std::int64_t nowUs);
  std::optional<ProofDatagram> next(std::int64_t nowUs);
  /// When next() or destination() may change by time alone.
  [[nodiscard]] std::int64_t wakeUs() const;
  [[nodiscard]] const Stats& stats() const { return stats_; }

 private:
  struct Challenge {
    SocketAddress address;
    ProofNonce nonce{};
    std::int64_t madeUs = 0;
    bool open = false;  // waits for its answer
    bool due = false;   // to be sent
  };
  Challenge make(const SocketAddress& address, std::int64_t nowUs);
  void ask(const SocketAddress& address, std::size_t sizeBytes, std::int64_t nowUs);
  void settle(const SocketAddress& from, const ProofNonce& nonce, std::int64_t nowUs);
  ProofDatagram send(Challenge& challenge);

  const Options options_;
  std::optional<SocketAddress> home_;  // named, or proven last
  bool proven_ = false;
  std::int64_t heardUs_ = 0;
  Challenge homeChallenge_;
  std::int64_t homeAskUs_ = 0;
  std::int64_t homePauseUs_ = 0;
  std::array<Challenge, candidates> candidates_{};
  std::int64_t nextCandidateUs_ = 0;
  std::optional<ProofDatagram> echo_;
  std::int64_t nextEchoUs_ = 0;
  Stats stats_;
};

/// The receiving end: says hello to a sender that it knows until something comes, answers challenges. With a nonce it
/// asks each sender to echo it, before the response that lets media come: who plays a recording cannot. Without sockets
/// and clocks; takes what the caller trusts, as AddressProof does. One thread.
class AddressAnswer {
 public:
  struct Options {
    std::uint32_t ssrc = 0;
    std::optional<SocketAddress> sender{};  // empty: it will challenge us
    ProofNonce nonce{};                     // 0: no echo is asked for
  };
  static constexpr std::int64_t quietUs = 1'000'000;     // then it says hello again
  static constexpr std::int64_t answerEveryUs = 20'000;  // on average, ten at once
  static constexpr std::int64_t askEveryUs = 100'000;

  explicit AddressAnswer(Options options) : options_(std::move(options)) {}
  void onDatagram(const SocketAddress& from, const std::optional<ProofMessage>& message, std::int64_t nowUs);
  /// Media whose sender's echo did not come.
  void onUnproven(const SocketAddress& from, std::int64_t nowUs);
  /// Our own address may have changed: say hello at once.
  void onMoved(std::int64_t nowUs);
  /// Where feedback goes: what sent us something last, or the sender that we know; null: nowhere.
  [[nodiscard]] const SocketAddress* destination() const;
  std::optional<ProofDatagram> next(std::int64_t nowUs);
  [[nodiscard]] std::int64_t wakeUs() const;

 private:
  const Options options_;
  std::optional<SocketAddress> peer_;
  std::optional<SocketAddress> ask_;  // for an echo
  std::int64_t nextAskUs_ = 0;
  std::optional<ProofDatagram> answer_;
  std::int64_t nextAnswerUs_ = 0;
  std::int64_t helloUs_ = 0;
  std::int64_t helloPauseUs_ = 0;
};

}  // namespace feimu
