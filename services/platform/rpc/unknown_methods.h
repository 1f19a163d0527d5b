// UnknownMethods: answers UNIMPLEMENTED to what a listener does not serve, and counts it under one
// name: a method's name that a stranger made up becomes no label. Everything happens before the
// queue starts or on the queue's thread.
#pragma once

#include "platform/rpc/server_queue.h"

#include <grpcpp/generic/async_generic_service.h>

namespace rapport::rpc {

class UnknownMethods {
 public:
  // To be registered with the listener's builder.
  grpc::AsyncGenericService& api() { return api_; }
  // Takes calls from `queue`, which the listener serves and which must outlive it.
  void Arm(ServerQueue& queue);

 private:
  struct Call;

  grpc::AsyncGenericService api_;
  ServerQueue* queue_ = nullptr;
};

}  // namespace rapport::rpc
