// Which calls somebody repeats until they know the outcome (run_use_case.h). Thread-safe.
#pragma once

#include "platform/base/call_context.h"

#include <mutex>
#include <set>

namespace rapport::support {

// `call` is one of them as long as this lives.
class RepeatedCall {
 public:
  explicit RepeatedCall(const CallContext& call) : call_(&call) {
    std::lock_guard lock(mutex_);
    calls_.insert(call_);
  }
  ~RepeatedCall() {
    std::lock_guard lock(mutex_);
    calls_.erase(call_);
  }
  RepeatedCall(const RepeatedCall&) = delete;

  static bool Is(const CallContext& call) {
    std::lock_guard lock(mutex_);
    return calls_.contains(&call);
  }

 private:
  static inline std::mutex mutex_;
  static inline std::set<const CallContext*> calls_;  // guarded by mutex_

  const CallContext* const call_;
};

}  // namespace rapport::support
