#pragma once
// The service manager's notification protocol (sd_notify(3)): one datagram a state, to the socket in NOTIFY_SOCKET.
#include <string>
#include <string_view>

namespace feimu {

/// Sends e.g. "READY=1" or "WATCHDOG=1". `socketPath` begins with '/' or, for the abstract namespace, '@'.
/// Any thread. Returns 0, or errno: EINVAL for a path that is neither or longer than a socket's name.
/// `descriptor` goes with it unless it is -1.
int notifyServiceManager(const std::string& socketPath, std::string_view state, int descriptor = -1);

}  // namespace feimu
