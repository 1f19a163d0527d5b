// Stream and Sink: the messages of a client stream as a use case reads them, and of a server stream
// as it writes them. No gRPC type in it.
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

template <typename Response>
class Sink {
 public:
  virtual ~Sink() = default;
  // Comes back once the message is on its way: a slow reader keeps the writer waiting, never in
  // memory, and one that reads nothing for a minute is cut off. False: nobody reads any more.
  virtual Task<bool> Write(const Response& response) = 0;
};

}  // namespace rapport
