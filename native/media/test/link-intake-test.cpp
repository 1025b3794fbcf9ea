// Who may send to a source, in simulated time.
#include "media/link-intake.h"

#include <array>
#include <vector>

#include "link/rtcp.h"
#include "link/rtp-extensions.h"
#include "testing/check.h"

using namespace feimu;

namespace {

constexpr std::int64_t second = 1'000'000;
const SocketAddress one = *parseAddress("10.0.0.7", 4000);
const SocketAddress moved = *parseAddress("10.0.0.7", 4002);
const SocketAddress other = *parseAddress("10.0.0.8", 4000);

std::vector<std::uint8_t> rtp(std::uint32_t ssrc, std::uint8_t payloadType, std::uint16_t sequence, bool ours) {
  const auto number = makeTransportSequence(sequence);
  const std::array<RtpExtension, 1> extensions{{{ours ? std::uint8_t{3} : std::uint8_t{0}, number}}};
  std::vector<std::uint8_t> bytes(64);
  bytes.resize(writeRtpHeader({sequence, 3'000U * sequence, ssrc, payloadType, true}, extensions, bytes));
  // STAP-A: SPS and IDR.
  bytes.insert(bytes.end(), {24, 0, 4, 0x67, 0x42, 0xc0, 0x1f, 0, 6, 0x65, 0x88, 0x84, 1, 2, 3});
  return bytes;
}

class Intake {
 public:
  explicit Intake(bool keyed, std::vector<std::string> allow = {"10.0.0.7", "10.0.0.8"})
      : intake({"0.0.0.0", std::move(allow), keyed}, [this](AccessUnit&&) { units++; }) {}
  bool take(const SocketAddress& from, const std::vector<std::uint8_t>& bytes) {
    verdict = intake.accepts(from, bytes, now);
    const bool taken = verdict == LinkIntake::Verdict::taken;
    if (taken) intake.onPacket(bytes, now, 0);
    std::array<std::uint8_t, 1500> out{};
    while (intake.next(now, out) != 0) sent++;
    return taken;
  }
  /// What a sender says that got our nonce.
  void echo(const SocketAddress& from, std::uint32_t ssrc, const ProofNonce& nonce) {
    const auto bytes = formatProof({ProofMessage::Kind::echo, ssrc, nonce});
    CHECK(take(from, {bytes.begin(), bytes.end()}));
  }
  int units = 0, sent = 0;
  LinkIntake::Verdict verdict{};
  std::int64_t now = 1'000 * second;
  LinkIntake intake;
};

void oneHoldsIt() {
  Intake in(false);
  CHECK(in.take(one, rtp(1, 96, 1, true)) && in.units == 1);
  CHECK(in.intake.figures().sender == "10.0.0.7" && in.sent > 0);  // feedback
  CHECK(!in.take(other, rtp(2, 96, 1, true)) && in.intake.figures().refused == std::vector<std::string>{"10.0.0.8"});
  CHECK(!in.take(*parseAddress("10.0.0.9", 1), rtp(2, 96, 1, true)));
  CHECK(in.intake.figures().refused.size() == 2);
  // The same host begins anew, when the old stream is silent.
  CHECK(!in.take(moved, rtp(3, 96, 1, true)));
  in.now += second / 2;
  CHECK(in.take(moved, rtp(3, 96, 1, true)) && in.units == 2);
  in.now += 5 * second;
  CHECK(in.take(other, rtp(2, 96, 9, true)) && in.units == 3);
  CHECK(in.intake.figures().sender == "10.0.0.8");
}

void reportsSteerNothing() {
  Intake in(false);
  CHECK(in.take(one, rtp(1, 96, 1, true)));
  std::vector<std::uint8_t> report;
  CHECK(writeRtcp(SenderReport{.ssrc = 1, .blocks = {}}, report, 1200));
  CHECK(in.take(one, report) && !in.take(other, report));
  CHECK(!in.take(one, {1, 2, 3}) && in.intake.figures().malformed == 1);
}

void whoHasTheKeysMayMove() {
  Intake in(true, {});
  in.echo(one, 1, in.intake.nonce());
  CHECK(in.take(one, rtp(1, 96, 1, true)));
  CHECK(in.take(other, rtp(1, 96, 2, true)) && in.units == 2);
  CHECK(in.intake.figures().refused.empty());
  CHECK(!in.take(one, rtp(4, 96, 3, true)));  // another stream
}

/// The keys are the same for ever: who recorded a stream of ours can play it to a box that began anew.
void recordingsAreNotTaken() {
  Intake in(true, {});
  CHECK(!in.take(one, rtp(1, 96, 1, true)) && in.verdict == LinkIntake::Verdict::unproven);
  in.echo(one, 1, {1, 2, 3});  // recorded too
  CHECK(!in.take(one, rtp(1, 96, 2, true)) && in.verdict == LinkIntake::Verdict::unproven && in.units == 0);
  in.echo(one, 1, in.intake.nonce());
  CHECK(in.take(one, rtp(1, 96, 3, true)) && in.units == 1);
  // Its repairs are; another stream's are not.
  CHECK(in.take(one, rtp(2, 97, 1, true)) && in.take(one, rtp(3, 98, 1, true)));
  CHECK(!in.take(one, rtp(8, 97, 1, true)));
  // Who is no sender of ours cannot be asked.
  Intake foreign(true, {});
  CHECK(foreign.take(one, rtp(5, 102, 1, false)) && foreign.units == 1);
}

void othersMayNumberAsTheyLike() {
  for (const std::uint8_t payloadType : {96, 102, 35}) {
    Intake in(false);
    CHECK(in.take(one, rtp(1, payloadType, 1, false)) && in.units == 1);
    in.now += second / 30;
    CHECK(in.take(one, rtp(1, payloadType, 2, false)) && in.units == 2);
    CHECK(in.sent == 0);  // no feedback for who knows none
  }
  // 97 is our retransmissions' number: only when it is alone for a while it means pictures.
  Intake in(false);
  CHECK(!in.take(one, rtp(1, 97, 1, false)));
  in.now += second / 10;
  CHECK(!in.take(one, rtp(1, 97, 2, false)));
  in.now += second / 4;
  CHECK(in.take(one, rtp(1, 97, 3, false)) && in.units == 1);
  // Met in its middle, a stream of ours begins with its media.
  Intake met(false);
  CHECK(!met.take(one, rtp(2, 97, 1, true)) && met.take(one, rtp(1, 96, 5, true)) && met.take(one, rtp(2, 97, 2, true)));
}

}  // namespace

int main() {
  oneHoldsIt();
  reportsSteerNothing();
  whoHasTheKeysMayMove();
  recordingsAreNotTaken();
  othersMayNumberAsTheyLike();
}
