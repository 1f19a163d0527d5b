// RedisLoop: the thread behind RedisCache: connects, greets, sends what was queued, reads, times
// out, tries again. Only RedisCache uses it.
//
// A connection is first greeted (AUTH, SCRIPT LOAD), then it is paid the fences that are owed, and
// only when those are confirmed it serves commands: no read is answered with what a fence that got
// lost should have removed. Start, Distrust and ready are thread-safe; the rest is the loop's.
#pragma once

#include "platform/base/clock.h"
#include "platform/cache/breaker.h"
#include "platform/cache/owed_fences.h"
#include "platform/cache/redis_cache.h"
#include "platform/cache/redis_commands.h"

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rapport::cache {

class RedisLoop final : RedisConnection::Listener {
 public:
  using Command = SharedCache::Command;

  RedisLoop(RedisCache::Options options, CacheStats& stats);
  ~RedisLoop();

  bool Start(Command& command);
  void Distrust();
  bool ready() const;

 private:
  enum class State : std::uint8_t { kClosed, kGreeting, kPaying, kReady };
  // What a reply is awaited for. Replies come in the order of the commands.
  struct Awaited {
    enum class What : std::uint8_t { kAuth, kScript, kCommand };
    What what;
    Command* command = nullptr;
    SteadyClock::time_point due;
  };
  void Run();
  void Wait();
  void Wake() const;

  // The connection's life.
  void Connect();
  bool Greet();
  bool IsBad();
  void Lose();

  // Commands.
  bool TakeQueue();
  void SendBatch();
  void OnReply(RedisReply& reply) override;
  void OnGreeting(const Awaited& awaited, RedisReply& reply);
  void OnAnswer(Command& command, RedisReply& reply);
  void Fail(Command& command);
  void Finish(Command& command);
  void ResumeDone();
  void OweLocked(const Command& command);

  const RedisCache::Options options_;
  CacheStats& stats_;
  int epoll_ = -1, wake_ = -1;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  bool stopping_ = false, ready_ = false, distrusted_ = false;
  std::vector<Command*> queue_;
  std::size_t commands_ = 0, bytes_ = 0;  // queued and under way
  OwedFences owed_;

  // The loop's own.
  State state_ = State::kClosed;
  RedisConnection connection_;
  Breaker breaker_;
  SteadyClock::time_point next_connect_{};
  std::string script_sha_;
  std::deque<Awaited> awaited_;
  std::vector<Command*> batch_;
  std::vector<Continuation> done_;
  std::size_t done_commands_ = 0, done_bytes_ = 0;
  bool readable_ = false;  // this turn found something to read
  bool nonsense_ = false;  // or a refused fence: reads can't be trusted any more
  std::thread thread_;     // last: everything else is there when it starts
};

}  // namespace rapport::cache
