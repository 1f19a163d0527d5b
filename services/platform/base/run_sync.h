// RunSync: runs a task to its end and blocks until then. For start-up, tools and tests, on threads
// that serve no executor; never inside a call.
#pragma once

#include "platform/base/task.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace rapport {

template <typename T>
T RunSync(Task<T> task) {
  std::mutex mutex;
  std::condition_variable done;
  std::optional<T> result;
  const auto run = [](Task<T> inner, std::mutex& m, std::condition_variable& c,
                      std::optional<T>& out) -> Task<> {
    T value = co_await std::move(inner);
    std::lock_guard lock(m);
    out.emplace(std::move(value));
    c.notify_one();
  };
  Spawn(run(std::move(task), mutex, done, result));
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return result.has_value(); });
  return *std::move(result);
}

}  // namespace rapport
