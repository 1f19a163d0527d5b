// Coroutines on threads of their own, which a test waits for.
#pragma once

#include "platform/base/executor.h"
#include "platform/base/task.h"

#include "support/run_task.h"

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace rapport::support {

// Waits for all of them at its end.
class Coroutines {
 public:
  explicit Coroutines(int threads = 1) {
    for (int i = 0; i < threads; ++i) homes_.push_back(std::make_unique<ThreadExecutor>());
  }
  ~Coroutines() { Wait(); }

  Executor& home(std::size_t thread) { return *homes_[thread % homes_.size()]; }
  // Runs `task` on one thread after the other.
  void Start(Task<> task) {
    std::lock_guard lock(mutex_);
    ++running_;
    Spawn(Run(std::move(task), home(started_++), *this));
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return running_ == 0; });
  }

 private:
  static Task<> Run(Task<> task, Executor& home, Coroutines& all) {
    co_await On{home};
    co_await std::move(task);
    std::lock_guard lock(all.mutex_);
    if (--all.running_ == 0) all.idle_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t started_ = 0;
  int running_ = 0;
  std::vector<std::unique_ptr<ThreadExecutor>> homes_;
};

}  // namespace rapport::support
