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

// A row of ports that nobody else's tests take as long as the object lives, whether anything
// listens on them or not: a server finds its port again after it was restarted. They are below
// those that the system gives to clients, since whoever polls such a port while nobody listens may
// be connected to itself; and Listen({}) takes none of them. The port after the row is listened on
// meanwhile: who has it has the row.
class ReservedPorts {
 public:
  static constexpr int kCount = 23;
  ReservedPorts();
  int first() const { return first_; }

 private:
  int first_ = 0;
  Socket guard_;
};

}  // namespace rapport::support
