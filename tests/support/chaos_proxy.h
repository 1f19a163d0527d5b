// ChaosProxy: a proxy of TCP or unix streams between two parts of a test that does to the bytes
// what a bad network or a lying server does. Faults hold for connections that exist and for new
// ones until they are taken back. The methods are thread-safe; one thread does the work.
#pragma once

#include "support/sockets.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace rapport::support {

class ChaosProxy {
 public:
  // A listening port of 0 is replaced by a free one.
  ChaosProxy(SocketAddress listen, SocketAddress upstream);
  ~ChaosProxy();

  int port() const { return port_; }

  // New connections are closed at once.
  void Refuse(bool on);
  // Bytes are held back, in one direction or both, and flow when it ends.
  void StallRequests(bool on);
  void StallReplies(bool on);
  // Every byte comes so much later, each way.
  void Delay(std::chrono::milliseconds time);
  // All connections that exist are reset.
  void Cut();
  // Every connection is reset when that many more bytes of replies have passed; 0: never.
  void CutAfter(std::size_t reply_bytes);
  // Redis only: replies that are there at the same time change their order. Prints no seed: give
  // it.
  void ShuffleReplies(bool on, std::uint32_t seed = 1);
  // Redis only: the next reply never comes, and all later ones answer the wrong command.
  void LoseOneReply();
  // PostgreSQL only: of the answers to COMMIT this share is lost with its connection. What was
  // committed stays so.
  void LoseCommits(double share, std::uint32_t seed);
  std::size_t lost_commits() const { return lost_commits_; }  // so far
  // These bytes reach every client although nobody asked.
  void Inject(const std::string& reply);

  std::size_t connections() const { return connections_; }  // made so far

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Chunk {
    Time due;
    std::string bytes;
  };
  struct Way {
    Socket& from;
    Socket& to;
    std::deque<Chunk> held{};
    std::string partial{};  // of a reply, while replies are tampered with
    bool ended = false;     // `from` sends no more
    bool closed = false;    // ... and `to` was told
  };
  struct Pipe {
    Pipe(Socket its_client, Socket its_server)
        : client(std::move(its_client)),
          server(std::move(its_server)),
          requests{client, server},
          replies{server, client} {}
    Socket client, server;
    Way requests, replies;
    bool over = false;
  };
  struct Faults {
    bool refuse = false, stall_requests = false, stall_replies = false, shuffle = false;
    bool cut = false;
    std::chrono::milliseconds delay{0};
    std::size_t cut_after = 0;
    double lose_commits = 0;
    int lose = 0;
    std::optional<std::uint32_t> seed;
    std::string inject;
  };

  template <typename Set>
  void Change(Set&& set);
  void Run();
  Faults TakeFaults();
  void Accept(const Faults& faults);
  bool Read(Way& way, const Faults& faults, bool is_reply);
  bool Loses(std::string_view replies, const Faults& faults);
  std::string Tamper(Way& way, const Faults& faults);
  bool Write(Way& way, bool is_reply);
  void Wait(const Faults& faults);

  const SocketAddress upstream_;
  const Socket listener_;
  const int port_;
  const int wake_;
  std::atomic<std::size_t> connections_{0}, lost_commits_{0};

  std::mutex mutex_;
  Faults faults_;              // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::list<Pipe> pipes_;      // the thread's own, as all below
  std::size_t cut_after_ = 0;  // bytes left
  int lose_ = 0;
  std::minstd_rand random_;
  std::thread thread_;
};

}  // namespace rapport::support
