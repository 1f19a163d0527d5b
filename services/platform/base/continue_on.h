// ContinueOn: goes on with a coroutine on another executor: for long computation beside a server
// queue, and back again. What the coroutine touches there must not belong to the call's thread.
#pragma once

#include "platform/base/executor.h"

namespace rapport {

struct ContinueOn {
  Executor* executor;  // null: stays where it is
  bool await_ready() const noexcept {
    return executor == nullptr || executor == Executor::Current();
  }
  void await_suspend(Handle handle) const { executor->Post({&handle, 1}); }
  void await_resume() const noexcept {}
};

}  // namespace rapport
