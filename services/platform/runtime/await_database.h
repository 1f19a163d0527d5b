// AwaitDatabase: a start that finds no database, or one that was not brought to this release's
// schema yet, waits for it in the process: "live" meanwhile, not "ready". Ending instead would let
// an orchestrator start it again with ever longer pauses, which go on after all is well.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <string>

namespace rapport::runtime {

// Runs `open` until it succeeds or fails with what no waiting mends; that is the answer. Logged at
// the first failure and once a minute. From the first failure on health answers at
// `health_address`; nothing listens there afterwards. CANCELLED: SIGTERM or SIGINT came. After
// PrepareProcess.
absl::Status AwaitDatabase(const std::string& health_address,
                           absl::FunctionRef<absl::Status()> open);

// What a start writes, which does no harm when it is done twice: done again, a few times, when
// nobody knows whether it was done. Ending instead would do it again too, and later.
absl::Status WriteAtStart(absl::FunctionRef<absl::Status()> write);

}  // namespace rapport::runtime
