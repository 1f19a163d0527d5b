#include "platform/rpc/call.h"

#include "platform/rpc/pipeline.h"

#include <vector>

namespace rapport::rpc {
namespace {

// A burst may use more calls; what is above this goes back to the allocator.
constexpr std::size_t kPooledPerMethod = 256;

std::vector<std::unique_ptr<Call>>& PoolOf(const Method& method) {
  thread_local std::vector<std::vector<std::unique_ptr<Call>>> pools;
  const auto index = static_cast<std::size_t>(method.index);
  if (index >= pools.size()) pools.resize(index + 1);
  return pools[index];
}

}  // namespace

Call& TakeCall(const Method& method, ServerQueue& home, Pipeline& pipeline, bool mesh) {
  auto& pool = PoolOf(method);
  if (pool.empty()) return *new Call(method, home, pipeline, mesh);
  Call* call = pool.back().release();
  pool.pop_back();
  return *call;
}

Call::Call(const Method& method, ServerQueue& home, Pipeline& pipeline, bool mesh)
    : method_(method),
      home_(home),
      pipeline_(pipeline),
      mesh_(mesh),
      arrived_{[](void* self, bool ok) { static_cast<Call*>(self)->OnArrived(ok); }, this},
      finished_{[](void* self, bool) { static_cast<Call*>(self)->OnEventGone(); }, this},
      done_{[](void* self, bool) { static_cast<Call*>(self)->OnDone(); }, this} {}

void Call::Arm() {
  grpc.emplace();
  if (method_.client_streaming) {
    reader = std::make_unique<decltype(reader)::element_type>(&*grpc);
  } else if (method_.server_streaming) {
    writer = std::make_unique<decltype(writer)::element_type>(&*grpc);
  } else {
    unary.emplace(&*grpc);
  }
  grpc->AsyncNotifyWhenDone(&done_);
  method_.request(method_.api, *this);
}

void Call::OnArrived(bool ok) {
  if (!ok) {  // The server shuts down. `done_` never comes for a call that never was.
    delete this;
    return;
  }
  TakeCall(method_, home_, pipeline_, mesh_).Arm();
  events_pending_ = 2;
  context.arrived = SteadyClock::now();
  Spawn(pipeline_.Serve(*this));
}

void Call::Finish(const grpc::Status& status) {
  if (method_.server_streaming) {
    writer->Finish(status, &finished_);
  } else if (method_.client_streaming) {
    if (status.ok()) {
      reader->Finish(reply_bytes, status, &finished_);
    } else {
      reader->FinishWithError(status, &finished_);
    }
  } else if (status.ok()) {
    unary->Finish(reply_bytes, status, &finished_);
  } else {
    unary->FinishWithError(status, &finished_);
  }
}

void Call::OnDone() {
  if (grpc->IsCancelled()) context.Cancel();
  OnEventGone();
}

void Call::OnEventGone() {
  if (--events_pending_ > 0) return;
  unary.reset();
  reader.reset();
  writer.reset();
  grpc.reset();
  request_bytes.Clear();
  reply_bytes.Clear();
  context.Reset();
  pipeline_.Release(*this);
  auto& pool = PoolOf(method_);
  if (pool.size() < kPooledPerMethod) {
    pool.emplace_back(this);
  } else {
    delete this;
  }
}

}  // namespace rapport::rpc
