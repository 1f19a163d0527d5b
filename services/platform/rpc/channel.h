// Channel: calls another service of the suite from a coroutine, over the mesh.
//
// The call carries what is left of the caller's deadline, the caller's token and the trace. Only
// called on a server queue's thread, where it continues. It never retries: the outermost client
// does.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <memory>
#include <string>

namespace rapport::rpc {

class Channel {
 public:
  // `address`: "host:port" or a gRPC target. `credentials`: the mesh identity.
  Channel(const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials);

  // `method`: "rapport.goals.v1.GoalsService/ListDueHomework", of static storage. At most
  // `longest`, and 20 ms less than the caller's own deadline. CANCELLED that the caller did not ask
  // for (a server that shuts down) becomes UNAVAILABLE. Details of an error are kept as payloads.
  template <typename Response>
  Task<absl::StatusOr<Response>> Call(CallContext& context, std::string_view method,
                                      const google::protobuf::Message& request,
                                      std::chrono::milliseconds longest = std::chrono::seconds(5)) {
    Response response;
    absl::Status status = co_await Exchange(context, method, request, response, longest);
    if (!status.ok()) co_return status;
    co_return response;
  }

 private:
  Task<absl::Status> Exchange(CallContext& context, std::string_view method,
                              const google::protobuf::Message& request,
                              google::protobuf::Message& response,
                              std::chrono::milliseconds longest);

  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

}  // namespace rapport::rpc
