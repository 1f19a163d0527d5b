// Turns: of many coroutines that want to change the same thing, one at a time, in the order they
// asked.
//
// Used by records::RetryConflicts after a first conflict: writers that only try again and again
// undo each other's work, n of them n * n times; in turn they need about n. It guards nothing by
// itself, the database's check does. Waiters are suspended, no thread is blocked, and each goes on
// on its own executor. Thread-safe; a Turn belongs to one coroutine.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/executor.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace rapport {

class Turns {
 public:
  class Turn;
  class Waiting;

  // co_await turns.Take(key, context) gives the Turn, which ends with its life. Not held: the call
  // of `context` was cancelled while it waited. Must not outlive this object.
  Waiting Take(std::string key, CallContext& context);

 private:
  void End(const std::string& key);

  std::mutex mutex_;
  // A key is here while somebody has its turn; who waits for it, first come first.
  std::unordered_map<std::string, std::deque<Waiting*>> waiting_;
};

class Turns::Turn {
 public:
  Turn() = default;
  Turn(Turn&& other) noexcept
      : turns_(std::exchange(other.turns_, nullptr)), key_(std::move(other.key_)) {}
  Turn& operator=(Turn&& other) noexcept {
    std::swap(turns_, other.turns_);
    std::swap(key_, other.key_);
    return *this;
  }
  ~Turn() {
    if (held()) turns_->End(key_);
  }

  bool held() const { return turns_ != nullptr; }

 private:
  friend Waiting;
  Turn(Turns& turns, std::string key) : turns_(&turns), key_(std::move(key)) {}

  Turns* turns_ = nullptr;
  std::string key_;
};

class Turns::Waiting final : CancelHook {
 public:
  Waiting(Turns& turns, std::string key, CallContext& context)
      : turns_(turns), key_(std::move(key)), context_(context) {}
  Waiting(const Waiting&) = delete;

  bool await_ready() const { return context_.cancelled(); }
  bool await_suspend(Handle handle) {
    continuation_ = {Executor::Current(), handle};
    context_.SetCancelHook(this);
    std::lock_guard lock(turns_.mutex_);
    const auto [place, is_free] = turns_.waiting_.try_emplace(key_);
    held_ = is_free;
    if (!is_free) place->second.push_back(this);
    return !is_free;
  }
  Turn await_resume() {
    context_.SetCancelHook(nullptr);
    return held_ ? Turn(turns_, std::move(key_)) : Turn();
  }

 private:
  friend Turns;
  // Posts instead of resuming: the caller of Cancel is in the middle of something.
  void OnCancel() override {
    {
      std::lock_guard lock(turns_.mutex_);
      if (held_) return;  // The turn is on its way.
      std::erase(turns_.waiting_.at(key_), this);
    }
    PostByHome({&continuation_, 1});
  }

  Turns& turns_;
  std::string key_;
  CallContext& context_;
  Continuation continuation_{};
  bool held_ = false;  // guarded by the mutex while suspended
};

inline Turns::Waiting Turns::Take(std::string key, CallContext& context) {
  return Waiting(*this, std::move(key), context);
}

inline void Turns::End(const std::string& key) {
  Continuation next{};
  {
    std::lock_guard lock(mutex_);
    const auto place = waiting_.find(key);
    if (place->second.empty()) {
      waiting_.erase(place);
      return;
    }
    Waiting* const first = place->second.front();
    place->second.pop_front();
    first->held_ = true;
    next = first->continuation_;
  }
  PostByHome({&next, 1});
}

}  // namespace rapport
