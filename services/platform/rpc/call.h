// Call: one RPC in flight, and, between RPCs, a pooled object armed for the next one.
//
// Life: Arm -> OnArrived (arms a successor, runs the pipeline) -> Finish -> its event and OnDone in
// either order -> back to the pool. All of it on the home queue's thread; the pipeline's coroutine
// may suspend elsewhere but continues at home.
#pragma once

#include "platform/base/call_context.h"
#include "platform/rpc/method.h"
#include "platform/rpc/server_queue.h"

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

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
  std::optional<grpc::ServerAsyncReader<grpc::ByteBuffer, grpc::ByteBuffer>> reader;
  // The parsed request, kept with the pooled call: its strings keep their capacity.
  std::unique_ptr<google::protobuf::Message> request;

  const Method& method() const { return method_; }
  ServerQueue& home() { return home_; }
  bool mesh() const { return mesh_; }
  void* arrived_tag() { return &arrived_; }

  // Awaits the next message of a client stream in request_bytes; false: there is none.
  auto Read();

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

inline auto Call::Read() {
  struct Awaiter {
    Call& call;
    Event event{};
    Handle handle{};
    bool read = false;
    bool await_ready() const noexcept { return false; }
    void await_suspend(Handle h) {
      handle = h;
      event = {[](void* self, bool ok) {
                 auto* awaiter = static_cast<Awaiter*>(self);
                 awaiter->read = ok;
                 awaiter->handle.resume();
               },
               this};
      call.reader->Read(&call.request_bytes, &event);
    }
    bool await_resume() const noexcept { return read; }
  };
  return Awaiter{*this};
}

}  // namespace rapport::rpc
