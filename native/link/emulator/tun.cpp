#include "link/emulator/tun.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace feimu {

namespace {

bool setAddress(int socket, ifreq request, unsigned long what, const std::string& address) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) != 1) {
    errno = EINVAL;
    return false;
  }
  std::memcpy(&request.ifr_addr, &v4, sizeof v4);
  return ::ioctl(socket, what, &request) == 0;
}

bool setUp(const ifreq& device, const std::string& address, const std::string& other) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  ifreq request = device;
  request.ifr_flags = 0;
  bool done = setAddress(socket, device, SIOCSIFADDR, address) && setAddress(socket, device, SIOCSIFDSTADDR, other) &&
              ::ioctl(socket, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  done = done && ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  const int error = errno;
  ::close(socket);
  errno = error;
  return done;
}

/// In the namespace that this thread is in.
int makeDevice(const std::string& name, const std::string& address, const std::string& other) {
  const int tun = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tun < 0) return -1;
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(tun, TUNSETIFF, &request) == 0 && setUp(request, address, other)) return tun;
  const int error = errno;
  ::close(tun);
  errno = error;
  return -1;
}

}  // namespace

int openTun(const std::string& space, const std::string& device, const std::string& address, const std::string& other,
            std::string& error) {
  const std::string path = space.find('/') == std::string::npos ? "/run/netns/" + space : space;
  const int home = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int tun = -1;
  if (home >= 0 && there >= 0 && ::setns(there, CLONE_NEWNET) == 0) {
    tun = makeDevice(device, address, other);
    if (tun < 0) error = "device " + device + " in " + path + ": " + std::strerror(errno);
    if (::setns(home, CLONE_NEWNET) != 0) {
      error = "namespace of this thread: " + std::string(std::strerror(errno));
      if (tun >= 0) ::close(tun);
      tun = -1;
    }
  } else {
    error = path + ": " + std::strerror(errno);
  }
  if (there >= 0) ::close(there);
  if (home >= 0) ::close(home);
  return tun;
}

}  // namespace feimu
