// Call: one RPC in flight, and, between RPCs, a pooled object armed for the next one.
//
// Life: Arm -> OnArrived (arms a successor, runs the pipeline) -> Finish -> its event and OnDone in
// either order -> back to the pool. All of it on the home queue's thread; the pipeline's coroutine
// may suspend elsewhere but continues at home.
#pragma once

#include "platform/base/call_context.h"
#include "platform/rpc/admission.h"
#include "platform/rpc/method.h"
#include "platform/rpc/server_queue.h"

#include <google/protobuf/message.h>
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <chrono>
#include <memory>
#include <optional>

namespace rapport::rpc {

class Pipeline;

class Call {
 public:
  // `mesh`: arrived on the listener that demands client certificates.
  Call(const Method& method, ServerQueue& home, Pipeline& pipeline, bool mesh);
  void Arm();
  // Sends the answer. The caller must not touch the call afterwards.
  void Finish(const grpc::Status& status);

  CallContext context;
  std::optional<grpc::ServerContext> grpc;
  grpc::ByteBuffer request_bytes;
  grpc::ByteBuffer reply_bytes;
  std::optional<grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>> unary;
  // Not in place: a call of every method waits for its client all the time, and few are streams.
  std::unique_ptr<grpc::ServerAsyncReader<grpc::ByteBuffer, grpc::ByteBuffer>> reader;
  std::unique_ptr<grpc::ServerAsyncWriter<grpc::ByteBuffer>> writer;
  // The parsed request, kept with the pooled call: its strings keep their capacity.
  std::unique_ptr<google::protobuf::Message> request;
  Admission::Ticket ticket;

  const Method& method() const { return method_; }
  ServerQueue& home() { return home_; }
  Pipeline& pipeline() { return pipeline_; }
  bool mesh() const { return mesh_; }
  void* arrived_tag() { return &arrived_; }

  // Awaits the next message of a client stream in request_bytes; false: there is none.
  auto Read();
  // Awaits that reply_bytes are on their way as the next message of a server stream; false: nobody
  // reads any more. Who has taken nothing for so long that it could not be sent in `patience` is
  // cut off: a call that nobody reads must not be one of those that may be open for ever.
  auto Write(std::chrono::milliseconds patience);

 private:
  void OnArrived(bool ok);
  void OnDone();
  void OnEventGone();

  const Method& method_;
  ServerQueue& home_;
  Pipeline& pipeline_;
  const bool mesh_;
  int events_pending_ = 0;
  Event arrived_, finished_, done_;
};

// The pooled calls of one method on one queue. Home thread only (and before the threads start).
Call& TakeCall(const Method& method, ServerQueue& home, Pipeline& pipeline, bool mesh);

namespace call_internal {

// Awaits one event that `start(call, event)` asks for; whether it went well.
template <typename Start>
struct EventAwaiter {
  Call& call;
  Start start;
  Event event{};
  Handle handle{};
  bool ok = false;
  bool await_ready() const noexcept { return false; }
  void await_suspend(Handle h) {
    handle = h;
    event = {[](void* self, bool went_well) {
               auto* awaiter = static_cast<EventAwaiter*>(self);
               awaiter->ok = went_well;
               awaiter->handle.resume();
             },
             this};
    start(call, &event);
  }
  bool await_resume() const noexcept { return ok; }
};

// Awaits that a message was sent, or the end of the patience, and always both events.
struct WriteAwaiter {
  Call& call;
  const std::chrono::milliseconds patience;
  Event sent{}, late{};
  grpc::Alarm alarm{};
  Handle handle{};
  int pending = 2;
  bool ok = false;
  bool await_ready() const noexcept { return false; }
  void await_suspend(Handle h) {
    handle = h;
    sent = {[](void* self, bool went_well) {
              auto* awaiter = static_cast<WriteAwaiter*>(self);
              awaiter->ok = went_well;
              awaiter->alarm.Cancel();
              awaiter->Gone();
            },
            this};
    late = {[](void* self, bool expired) {
              auto* awaiter = static_cast<WriteAwaiter*>(self);
              if (expired && awaiter->pending == 2) awaiter->call.grpc->TryCancel();
              awaiter->Gone();
            },
            this};
    call.writer->Write(call.reply_bytes, &sent);
    alarm.Set(call.home().get(),
              gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                           gpr_time_from_millis(patience.count(), GPR_TIMESPAN)),
              &late);
  }
  bool await_resume() const noexcept { return ok; }

 private:
  void Gone() {
    if (--pending == 0) handle.resume();
  }
};

}  // namespace call_internal

inline auto Call::Read() {
  const auto start = [](Call& call, Event* event) {
    call.reader->Read(&call.request_bytes, event);
  };
  return call_internal::EventAwaiter<decltype(start)>{*this, start};
}

inline auto Call::Write(std::chrono::milliseconds patience) {
  return call_internal::WriteAwaiter{*this, patience};
}

}  // namespace rapport::rpc
