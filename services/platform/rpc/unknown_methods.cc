#include "platform/rpc/unknown_methods.h"

#include "platform/runtime/telemetry/metrics.h"

namespace rapport::rpc {

// One call, from before it arrives until its answer was sent.
struct UnknownMethods::Call {
  explicit Call(UnknownMethods& methods) : owner(methods) {
    owner.api_.RequestCall(&grpc, &stream, owner.queue_->calls(), owner.queue_->calls(), &arrived);
  }

  void OnArrived(bool ok) {
    if (!ok) {  // The listener closes.
      delete this;
      return;
    }
    new Call(owner);
    telemetry::CountSeries(telemetry::Metric::kOtherCalls, "unknown_method");
    stream.Finish({grpc::StatusCode::UNIMPLEMENTED, ""}, &finished);
  }

  UnknownMethods& owner;
  grpc::GenericServerContext grpc;
  grpc::GenericServerAsyncReaderWriter stream{&grpc};
  Event arrived{[](void* self, bool ok) { static_cast<Call*>(self)->OnArrived(ok); }, this};
  Event finished{[](void* self, bool) { delete static_cast<Call*>(self); }, this};
};

void UnknownMethods::Arm(ServerQueue& queue) {
  queue_ = &queue;
  new Call(*this);
}

}  // namespace rapport::rpc
