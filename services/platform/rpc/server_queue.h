// ServerQueue: one completion queue and the thread that serves it; the home of its calls.
//
// Coroutines that suspend on the database, the cache or another service are posted back here in
// batches, so that a call runs on one thread from arrival to reply and its context needs no lock.
// Background work (PostLater) goes on slice by slice while nothing is ready, and under load for a
// quarter of the thread's time: a call waits for one slice of it, not for all of them. The same
// holds of a thread for background work alone, which would take processors that calls wait for.
// In gRPC whatever thread waits on a queue takes its turn in waiting for all connections of the
// process, so that one's queue is of the kind that waits for none, and what it asks other services
// is answered by way of a queue that does. Post is thread-safe; everything else happens on the
// queue's thread.
#pragma once

#include "platform/base/clock.h"
#include "platform/base/executor.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace rapport::rpc {

// What a completion queue hands back. Lives until it fired.
struct Event {
  void (*fire)(void* self, bool ok);
  void* self;
};

class ServerQueue final : public Executor {
 public:
  explicit ServerQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
      : calls_(queue.get()), answers_(queue.get()), queue_(std::move(queue)) {}
  // For background work alone, which must have ended before the queue of `answers` is stopped: no
  // server knows it, and it reads no connection.
  explicit ServerQueue(grpc::CompletionQueue* answers);

  void Start();
  // For background work alone: its thread gets a third of what others get where processors are
  // short, and works for a quarter of its time while `pressed` says that calls wait. Any thread
  // asks.
  void StartBehindCalls(std::function<bool()> pressed);
  // After the server was shut down and no call is in flight. Serves what is still in the queue.
  void StopAndJoin();

  void Post(std::span<const Handle> ready) override;
  void PostLater(Handle handle) override { later_.push_back(handle); }
  // For how long the thread has found something to do at every look; 0 while it waits. Thread-safe.
  std::chrono::nanoseconds Busy(SteadyClock::time_point now) const;
  // Where events of one's own come: alarms.
  grpc::CompletionQueue* get() { return queue_.get(); }
  // Where answers of other services come, perhaps on another thread.
  grpc::CompletionQueue* answers() { return answers_; }
  // Where calls come; null: none do.
  grpc::ServerCompletionQueue* calls() { return calls_; }

 private:
  void Run();
  bool Next(void** tag, bool* ok);
  void ResumePosted();
  void ResumeLater();
  gpr_timespec NextSlice() const;

  static constexpr SteadyClock::time_point kWaits = SteadyClock::time_point::max();

  grpc::ServerCompletionQueue* const calls_ = nullptr;
  grpc::CompletionQueue* const answers_;
  const std::unique_ptr<grpc::CompletionQueue> queue_;
  std::mutex mutex_;
  std::vector<Handle> posted_;  // guarded by mutex_
  std::vector<Handle> running_;
  std::deque<Handle> later_;
  std::function<bool()> pressed_;          // of one for background work alone
  SteadyClock::time_point later_again_{};  // until then calls go first
  grpc::Alarm alarm_;  // The only public way to put an event of one's own on a queue.
  Event posted_event_{[](void* self, bool) { static_cast<ServerQueue*>(self)->ResumePosted(); },
                      this};
  gpr_timespec look_at_ = gpr_time_0(GPR_CLOCK_MONOTONIC);
  std::atomic<SteadyClock::time_point> busy_since_{kWaits};
  std::thread thread_;
};

// co_await ResumeOn{queue}: continues there.
struct ResumeOn {
  ServerQueue& queue;
  bool await_ready() const noexcept { return Executor::Current() == &queue; }
  void await_suspend(Handle handle) const { queue.Post({&handle, 1}); }
  void await_resume() const noexcept {}
};

}  // namespace rapport::rpc
