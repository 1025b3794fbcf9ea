#pragma once
#include <unistd.h>

namespace feimu {

/// A file descriptor of ours, closed with it.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return value_; }

 private:
  const int value_;
};

}  // namespace feimu
