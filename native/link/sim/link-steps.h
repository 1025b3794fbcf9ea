#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace feimu {

/// What one direction of a link is like from a moment on.
struct LinkStep {
  double atS = 0;          // since the link began
  double kbps = 0;         // of IP packets; 0 = no limit
  double delayMs = 0;      // propagation, one way
  double lossPct = 0;      // each packet on its own
  double queueMs = 0;      // a packet that would wait longer is dropped
  double jitterMs = 0;     // 0 to this more delay, uniform, order kept
  int queuePackets = 0;    // packets in the buffer, with the one that is leaving; 0 = only queueMs counts
  double burstPct = 0;     // Gilbert: share of packets at which a burst of losses begins
  double burstPackets = 0; // its mean length
  double ecnMs = 0;        // ECN-capable packets that wait longer are marked CE (RFC 3168); 0 = never
};

struct LinkSteps {
  std::vector<LinkStep> forward;
  std::vector<LinkStep> back;
};

/// One step a line or word: `t,kbps,delayMs,lossPct,queueMs[,jitterMs]`, then any of `packets=N`, `burst=PCT/LENGTH`,
/// `ecn=MS` behind further commas; `back:` in front is the other direction. `#` begins a comment. Where nothing is
/// said of the way back, it has the delay and jitter of the way there, no limit and no loss. Empty with `error`,
/// which names the step, for what is not that.
std::optional<LinkSteps> parseLinkSteps(std::string_view text, std::string& error);

/// Changes what the words name and leaves the rest: pairs of `kbps`, `delayMs`, `lossPct`, `queueMs`, `jitterMs`,
/// `packets`, `burst` (PCT/LENGTH), `ecn` and a value. False with `error`, and nothing changed, for what is not that.
bool changeLinkStep(std::string_view words, LinkStep& step, std::string& error);

}  // namespace feimu
