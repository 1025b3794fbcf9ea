#include "host/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace feimu {

int notifyServiceManager(const std::string& socketPath, std::string_view state) {
  sockaddr_un address{};
  if (socketPath.size() < 2 || (socketPath[0] != '/' && socketPath[0] != '@') ||
      socketPath.size() >= sizeof address.sun_path) {
    return EINVAL;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socketPath.data(), socketPath.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socketPath.size());
  const ssize_t sent = ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), length);
  const int error = sent == static_cast<ssize_t>(state.size()) ? 0 : errno;
  ::close(descriptor);
  return error;
}

}  // namespace feimu
