// Runs coroutines to their end from a test, on executors as a server would have them.
#pragma once

#include "platform/base/executor.h"
#include "platform/base/task.h"

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

namespace rapport::support {

// co_await On{executor}: continues there.
struct On {
  Executor& executor;
  bool await_ready() const noexcept { return false; }
  void await_suspend(Handle handle) const { executor.Post({&handle, 1}); }
  void await_resume() const noexcept {}
};

namespace run_task_internal {
template <typename T>
Task<void> Deliver(Executor& executor, Task<T> task, std::shared_ptr<std::promise<T>> result) {
  co_await On{executor};
  if constexpr (std::is_void_v<T>) {
    co_await Task<T>(std::move(task));
    result->set_value();
  } else {
    result->set_value(co_await Task<T>(std::move(task)));
  }
}
}  // namespace run_task_internal

// Starts `task` on `executor`; what it refers to must live until the future is ready.
template <typename T>
std::future<T> StartOn(Executor& executor, Task<T> task) {
  auto result = std::make_shared<std::promise<T>>();
  std::future<T> future = result->get_future();
  Spawn(run_task_internal::Deliver(executor, std::move(task), std::move(result)));
  return future;
}

// The result of `task`, run on `executor` while this thread waits.
template <typename T>
T RunOn(Executor& executor, Task<T> task) {
  return StartOn(executor, std::move(task)).get();
}

// Returns when everything that was started on `executor` before has run until it waits or ends.
// For executors that resume in order.
inline void Settle(Executor& executor) {
  RunOn(executor, []() -> Task<void> { co_return; }());
}

// A door that coroutines wait at, each on its own executor, until the test opens it.
class Door {
 public:
  struct Waiter {
    Door& door;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(Handle handle) {
      std::lock_guard lock(door.mutex_);
      if (door.open_) return false;
      door.waiting_.push_back({Executor::Current(), handle});
      door.changed_.notify_all();
      return true;
    }
    void await_resume() const noexcept {}
  };

  Waiter Pass() { return Waiter{*this}; }
  void Open() {
    std::vector<Continuation> ready;
    {
      std::lock_guard lock(mutex_);
      open_ = true;
      ready.swap(waiting_);
    }
    PostByHome(ready);
  }
  // Blocks the test until `count` coroutines stand at the door. Throws when they don't come.
  void AwaitWaiting(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20),
                           [&] { return waiting_.size() >= count; })) {
      throw std::runtime_error("nobody came to the door");
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Continuation> waiting_;
  bool open_ = false;
};

}  // namespace rapport::support
