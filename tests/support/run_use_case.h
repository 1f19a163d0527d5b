// RunUseCase: one use case to its end, as the pipeline and a client run it together. What nobody
// knows the outcome of is asked for by its request id, and done again where there is no answer.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/task.h"
#include "platform/db/db.h"
#include "platform/records/answers.h"
#include "support/missing_rpc.h"
#include "support/repeated_calls.h"

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <concepts>

namespace rapport::support {

// `Request`: of the RPC, which may be taken away (missing_rpc.h).
template <typename Request, typename Response>
absl::StatusOr<Response> RunUseCase(const records::Answers& answers, CallContext& call,
                                    absl::FunctionRef<Task<absl::StatusOr<Response>>()> use_case) {
  RETURN_IF_ERROR(MissingRpc<Request>());
  const RepeatedCall repeated(call);
  for (;;) {
    absl::StatusOr<Response> response = RunSync(use_case());
    if constexpr (!std::derived_from<Response, google::protobuf::Message>) {
      return response;  // a read whose answer is kept ready
    } else {
      if (!db::IsCommitUnknown(response.status())) return response;
      ASSIGN_OR_RETURN(const auto stored, RunSync(answers.Find(call)));
      if (!stored.has_value()) continue;
      Response before;
      if (!before.ParseFromString(*stored)) return absl::DataLossError("not an answer");
      return before;
    }
  }
}

}  // namespace rapport::support
