// Yield: lets the other coroutines of this thread run first, for work that comes in many slices and
// has time. Does nothing on a thread without an executor.
#pragma once

#include "platform/base/executor.h"

namespace rapport {

struct Yield {
  bool await_ready() const noexcept { return Executor::Current() == nullptr; }
  void await_suspend(Handle handle) const { Executor::Current()->PostLater(handle); }
  void await_resume() const noexcept {}
};

}  // namespace rapport
