#pragma once
#include <sched.h>
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

/// For a thread that mostly sleeps and must wake to the tenth of a millisecond: SCHED_FIFO, and where that is not
/// permitted preferThisThread(). Whether it was. What it starts does not inherit it.
inline bool putThisThreadFirst() {
  const sched_param priority{.sched_priority = 10};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority) == 0) return true;
  preferThisThread();
  return false;
}

}  // namespace feimu
