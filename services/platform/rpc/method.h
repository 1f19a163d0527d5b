// Method: one row of the table that the pipeline is driven by. Built once, at start-up.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/schema/method_table.h"

#include <absl/status/status.h>
#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace rapport::rpc {

class Call;

struct Method {
  std::string full_name;  // "rapport.notes.v1.SessionNotesService/GetNote"
  int index = 0;          // dense over everything one process serves
  schema::MethodPolicy policy;
  // Whether a request holds something that is taken whatever is known of the family: a concern
  // beside what else it says. Null: none of the method's does.
  bool (*urgent)(const google::protobuf::Message& request) = nullptr;
  // Whether the code of an invitation is let in, which is looked for by the use case. Every other
  // method knows nobody by it.
  bool takes_codes = false;
  void* service = nullptr;
  std::unique_ptr<google::protobuf::Message> (*new_request)() = nullptr;
  // Runs the use case on the parsed request and serialises its answer into the call.
  Task<absl::Status> (*serve)(void* service, Call& call) = nullptr;
  // Asks gRPC for the next call of this method.
  void (*request)(void* api, Call& call) = nullptr;
  void* api = nullptr;
  bool client_streaming = false;
  bool server_streaming = false;
  bool streaming() const { return client_streaming || server_streaming; }
  // False only for the bench's measure of what the pipeline costs.
  bool through_pipeline = true;
};

// One generated service with its methods bound, ready for one listener.
struct BoundService {
  std::unique_ptr<grpc::Service> api;
  std::vector<Method> methods;
};

}  // namespace rapport::rpc
