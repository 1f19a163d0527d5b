// Sleep: suspends a coroutine on a server queue for a while; wakes early when the call it belongs
// to is cancelled or its deadline comes. Home thread only.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/sleeper.h"
#include "platform/rpc/server_queue.h"

#include <algorithm>

namespace rapport::rpc {

class Sleep final : CancelHook {
 public:
  Sleep(CallContext& context, SteadyClock::duration time) : context_(context), time_(time) {}

  bool await_ready() const { return context_.Expired(); }
  void await_suspend(Handle handle) {
    handle_ = handle;
    context_.SetCancelHook(this);
    const auto left = std::min(time_, context_.deadline - SteadyClock::now());
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(left).count();
    alarm_.Set(static_cast<ServerQueue*>(Executor::Current())->get(),
               gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                            gpr_time_from_micros(std::max<std::int64_t>(micros, 0), GPR_TIMESPAN)),
               &event_);
  }
  // True when the time passed and the caller still waits.
  bool await_resume() const { return !context_.Expired(); }

 private:
  void OnCancel() override { alarm_.Cancel(); }  // Fires the event at once.
  void OnFired() {
    context_.SetCancelHook(nullptr);
    handle_.resume();
  }

  CallContext& context_;
  const SteadyClock::duration time_;
  Handle handle_;
  grpc::Alarm alarm_;
  Event event_{[](void* self, bool) { static_cast<Sleep*>(self)->OnFired(); }, this};
};

// Sleep for those who know no gRPC.
class QueueSleeper final : public Sleeper {
 public:
  Task<bool> Sleep(CallContext& context, SteadyClock::duration time) override {
    co_return co_await rpc::Sleep(context, time);
  }
};

}  // namespace rapport::rpc
