#include "train/ranks/network_address.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

#include "base/file.h"

namespace pno::train {
namespace {

class Socket {
 public:
  Socket(int family, int type)
      : handle_(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (handle_ >= 0) ::close(handle_);
  }
  int handle() const { return handle_; }

 private:
  int handle_;
};

// Until one of the host's addresses is taken; what the resolver says where it knows none.
std::string try_addresses(const std::string& host, int port, int type,
                          const std::function<bool(const addrinfo&)>& take) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = type;
  const auto service = std::to_string(port);
  const int failure = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  if (failure != 0) return ::gai_strerror(failure);
  for (const auto* at = found; at != nullptr && !take(*at); at = at->ai_next) {
  }
  ::freeaddrinfo(found);
  return "";
}

}  // namespace

std::string own_address(const std::string& host, int port) {
  std::string address;
  try_addresses(host, port, SOCK_DGRAM, [&](const addrinfo& at) {
    const Socket socket(at.ai_family, SOCK_DGRAM);
    sockaddr_storage own{};
    auto* const plain = reinterpret_cast<sockaddr*>(&own);
    socklen_t size = sizeof own;
    std::array<char, NI_MAXHOST> text{};
    if (::connect(socket.handle(), at.ai_addr, at.ai_addrlen) != 0 ||
        ::getsockname(socket.handle(), plain, &size) != 0 ||
        ::getnameinfo(plain, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
      return false;
    }
    address = text.data();
    return true;
  });
  return address;
}

std::string why_no_answer(const std::string& host, int port, std::chrono::milliseconds timeout) {
  std::string why;
  const auto unknown = try_addresses(host, port, SOCK_STREAM, [&](const addrinfo& at) {
    const Socket socket(at.ai_family, SOCK_STREAM);
    int failure = 0;
    if (::connect(socket.handle(), at.ai_addr, at.ai_addrlen) != 0) failure = errno;
    if (failure == EINPROGRESS) {
      pollfd ready{socket.handle(), POLLOUT, 0};
      socklen_t size = sizeof failure;
      failure = ETIMEDOUT;
      if (::poll(&ready, 1, static_cast<int>(timeout.count())) == 1) {
        ::getsockopt(socket.handle(), SOL_SOCKET, SO_ERROR, &failure, &size);
      }
    }
    why = failure == 0 ? "" : describe_errno(failure);
    return failure == 0;
  });
  return unknown.empty() ? why : unknown;
}

std::string why_no_listening(int port) {
  const Socket socket(AF_INET6, SOCK_STREAM);
  if (socket.handle() < 0) return "";  // a machine without IPv6: c10d will say
  const int on = 1, off = 0;
  ::setsockopt(socket.handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(socket.handle(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(static_cast<std::uint16_t>(port));
  any.sin6_addr = in6addr_any;
  const bool binds =
      ::bind(socket.handle(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 &&
      ::listen(socket.handle(), 1) == 0;
  return binds ? "" : describe_errno(errno);
}

}  // namespace pno::train
