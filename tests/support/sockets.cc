#include "support/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <stdexcept>

namespace rapport::support {
namespace {

// Calls use(sockaddr*, size) with `address` as the system wants it.
template <typename Use>
int WithAddress(const SocketAddress& address, Use&& use) {
  if (address.unix_socket.empty()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(static_cast<std::uint16_t>(address.port));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return use(reinterpret_cast<sockaddr*>(&in), sizeof in);
  }
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (address.unix_socket.size() >= sizeof un.sun_path) {
    throw std::runtime_error("the path of a unix socket is too long: " + address.unix_socket);
  }
  std::memcpy(un.sun_path, address.unix_socket.data(), address.unix_socket.size());
  return use(reinterpret_cast<sockaddr*>(&un), sizeof un);
}

int FamilyOf(const SocketAddress& address) {
  return address.unix_socket.empty() ? AF_INET : AF_UNIX;
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

Socket Listen(const SocketAddress& address) {
  SocketAddress where = address;
  const bool any_port = address.unix_socket.empty() && address.port == 0;
  std::minstd_rand random{std::random_device{}()};
  // Below the ports that are reserved.
  std::uniform_int_distribution<int> port(11'000, 16'999);
  if (!address.unix_socket.empty()) unlink(address.unix_socket.c_str());
  for (int tries = 0; tries < (any_port ? 100 : 1); ++tries) {
    if (any_port) where.port = port(random);
    Socket socket(::socket(FamilyOf(where), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const int bound = WithAddress(
        where, [&](const sockaddr* at, socklen_t size) { return bind(socket.fd(), at, size); });
    if (bound == 0 && listen(socket.fd(), 128) == 0) return socket;
  }
  throw std::runtime_error(std::string("can't listen: ") + std::strerror(errno));
}

int PortOf(const Socket& listener) {
  sockaddr_in in{};
  socklen_t size = sizeof in;
  if (getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&in), &size) != 0) {
    throw std::runtime_error("no such socket");
  }
  return ntohs(in.sin_port);
}

Socket ConnectTo(const SocketAddress& address) {
  Socket socket(::socket(FamilyOf(address), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int connected = WithAddress(address, [&](const sockaddr* where, socklen_t size) {
    return connect(socket.fd(), where, size);
  });
  if (connected != 0) return Socket();
  const int on = 1;
  setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(socket.fd(), F_SETFL, fcntl(socket.fd(), F_GETFL) | O_NONBLOCK);
  return socket;
}

ReservedPorts::ReservedPorts() {
  constexpr int kFirst = 20'000, kCells = 500;  // up to 31,999
  std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> cell(0, kCells - 1);
  for (int tries = 0; tries < 100; ++tries) {
    first_ = kFirst + cell(random) * (kCount + 1);
    try {
      guard_ = Listen({.port = first_ + kCount});
      for (int port = first_; port < first_ + kCount; ++port) Listen({.port = port});
      return;
    } catch (const std::runtime_error&) {
      // Somebody has one of them.
    }
  }
  throw std::runtime_error("no row of ports is free");
}

}  // namespace rapport::support
