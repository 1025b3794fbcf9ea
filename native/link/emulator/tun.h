#pragma once
#include <string>

namespace feimu {

/// Makes a TUN device (IP packets, no header of its own) in a network namespace, with an address and the other end's,
/// and sets it up. `space`: a name under /run/netns, or a path such as /proc/PID/ns/net. The device lives as long as
/// the non-blocking descriptor that is returned; -1 with `error`. The calling thread stays where it is.
int openTun(const std::string& space, const std::string& device, const std::string& address, const std::string& other,
            std::string& error);

}  // namespace feimu
