// Sleeper: a coroutine's way to let time pass. The server's is rpc/sleep.h; tests give one of
// their own.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <chrono>

namespace rapport {

class Sleeper {
 public:
  virtual ~Sleeper() = default;
  // True when the time passed and the caller still waits; false when the call was cancelled or its
  // deadline came before. Called on the threads that serve calls.
  virtual Task<bool> Sleep(CallContext& context, SteadyClock::duration time) = 0;
};

}  // namespace rapport
