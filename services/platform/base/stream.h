// Stream: the messages of a client stream, as a use case reads them. No gRPC type in it.
#pragma once

#include "platform/base/task.h"

#include <absl/status/statusor.h>

namespace rapport {

template <typename Request>
class Stream {
 public:
  virtual ~Stream() = default;
  // The next message in `request`; false: the caller sent its last. An error ends the call.
  virtual Task<absl::StatusOr<bool>> Next(Request& request) = 0;
};

}  // namespace rapport
