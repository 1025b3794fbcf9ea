#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "link/srtp-session.h"
#include "media/source-switch.h"
#include "media/source.h"

namespace feimu {

struct RtpSourceOptions {
  std::string host;  // numeric IPv4 or IPv6
  std::uint16_t port = 0;
  std::vector<std::string> allow;  // numeric addresses; loopback may always send to a loopback listener
  std::optional<SrtpKeys> keys{};  // then `allow` may be empty: whoever has them
};

/// H.264 over RTP. The first allowed address and SSRC hold the source until 5 s of silence; others are counted and
/// named. A thread for the link, one for decoding. A port in use is a failure in its status, tried again each second.
std::unique_ptr<Source> openRtpSource(int id, const RtpSourceOptions& options, SourceSwitch& output);

}  // namespace feimu
