// AccessChecker: the pipeline's access decision, for use cases whose request is about many families
// (batches, imports): each row passes through the same function as a call of its own would.
// Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace rapport {

class AccessChecker {
 public:
  virtual ~AccessChecker() = default;
  // What the caller of `context` may do in `family` (inner id) as if they called `method`
  // ("package. Service/Method", served by this process) about the member `self` (inner id; empty:
  // nobody). NOT_FOUND, PERMISSION_DENIED or FAILED_PRECONDITION as the call itself would get.
  virtual Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view method,
                                             std::string family, std::string self) = 0;
};

}  // namespace rapport
