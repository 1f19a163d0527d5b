// Stream sockets of tests: loopback TCP and unix, closed when they go. Failures throw.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace rapport::support {

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Where a server listens: a unix socket, or when that is empty a port of 127.0.0.1.
struct SocketAddress {
  std::string unix_socket;
  int port = 0;
};

// Non-blocking. Port 0: a free one.
Socket Listen(const SocketAddress& address);
int PortOf(const Socket& listener);
// Non-blocking from the time it is connected. Empty when nobody listens.
Socket ConnectTo(const SocketAddress& address);
// A port nobody listens on at present.
int FreePort();

}  // namespace rapport::support
