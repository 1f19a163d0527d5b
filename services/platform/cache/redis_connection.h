// RedisConnection: one connection to Redis by hiredis' asynchronous API, on its owner's epoll loop.
//
// The Redis cache's loop owns it. Nothing is written until Flush, so everything sent in one turn of
// the loop leaves in one write. Knows the wire, not what commands mean. One thread only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

struct redisAsyncContext;

namespace rapport::cache {

struct RedisAddress {
  std::string unix_socket;  // wins over host
  std::string host;
  int port = 6379;
};

struct RedisReply {
  enum class Type : std::uint8_t { kText, kInteger, kNil, kError };
  Type type = Type::kNil;
  std::int64_t integer = 0;
  std::string text;  // of kText and kError
};

class RedisConnection {
 public:
  // What the connection tells its owner. No reply comes without a command; when one would, or when
  // it has a shape that none of our commands asks for, the connection closes instead.
  class Listener {
   public:
    // In the order of the commands. `reply` may be moved from.
    virtual void OnReply(RedisReply& reply) = 0;

   protected:
    ~Listener() = default;
  };

  RedisConnection(int epoll, Listener& listener) : epoll_(epoll), listener_(listener) {}
  RedisConnection(const RedisConnection&) = delete;
  ~RedisConnection() { Close(); }

  // Begins to connect; false when that failed at once. Resolving a host name blocks the loop: it is
  // harmless, since without a connection nobody waits for the loop.
  bool Open(const RedisAddress& address);
  void Close();
  bool is_open() const { return context_ != nullptr; }

  void Send(std::span<const std::string_view> words);
  void Send(std::initializer_list<std::string_view> words) {
    Send(std::span(words.begin(), words.size()));
  }
  // Epoll's events for this connection (the event's data is `this`). May call the listener; may
  // close the connection, see is_open().
  void OnEvents(std::uint32_t events);
  // Writes what was sent, if the connection is made, and asks epoll for what is needed next.
  void Flush();

 private:
  struct Hooks;

  const int epoll_;
  Listener& listener_;
  redisAsyncContext* context_ = nullptr;
  bool connected_ = false;
  bool want_read_ = false, want_write_ = false;
  std::uint32_t armed_ = 0;
  std::size_t unanswered_ = 0;
  RedisReply reply_;
};

}  // namespace rapport::cache
