#include "link/sim/simulation.h"

#include <algorithm>
#include <utility>

namespace feimu {

void Simulation::at(std::int64_t atUs, std::function<void()> event) {
  std::size_t slot = functions_.size();
  if (free_.empty()) {
    functions_.push_back(std::move(event));
  } else {
    slot = free_.back();
    free_.pop_back();
    functions_[slot] = std::move(event);
  }
  events_.push({std::max(atUs, nowUs_), order_++, slot});
}

void Simulation::runNext() {
  const Event event = events_.top();
  events_.pop();
  nowUs_ = std::max(nowUs_, event.atUs);
  const auto function = std::move(functions_[event.slot]);
  free_.push_back(event.slot);
  function();
}

void Simulation::run(std::int64_t untilUs) {
  while (nextUs() <= untilUs) runNext();
  nowUs_ = std::max(nowUs_, untilUs);
}

void Simulation::catchUp(std::int64_t nowUs) {
  nowUs_ = std::max(nowUs_, nowUs);
  while (nextUs() <= nowUs_) runNext();
}

}  // namespace feimu
