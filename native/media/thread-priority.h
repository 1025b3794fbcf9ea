#pragma once
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace feimu {

/// Lets the calling thread run before others when it has something to do: a few milliseconds of encoding or decoding
/// must not wait behind a software renderer that takes all cores. Where that is not permitted, nothing changes.
inline void preferThisThread() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  static_cast<void>(::setpriority(PRIO_PROCESS, thread, -10));
}

}  // namespace feimu
