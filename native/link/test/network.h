#pragma once
// A network of its own for a test program.
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "testing/check.h"

namespace feimu::testing {

/// Moves this process into an empty network namespace with a loopback; it ends with the process. False, with a
/// message, where that is not permitted. To be called before the first thread.
inline bool enterOwnNetwork() {
  if (::unshare(CLONE_NEWNET) != 0) {
    std::fprintf(stderr, "skipped: no network namespace: %s\n", std::strerror(errno));
    return false;
  }
  return std::system("ip link set lo up") == 0;
}

inline void ip(const std::string& arguments) { CHECK(std::system(("ip " + arguments).c_str()) == 0); }

}  // namespace feimu::testing
