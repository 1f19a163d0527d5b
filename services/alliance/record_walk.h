// A walk through all records of a kind of the caller's agency, page by page: between two pages
// other calls of the thread go on. Used by what looks at the whole agency: insight, trajectory, the
// fit of signal figures, what is counted for the metrics. Thread-safe.
#pragma once

#include "platform/base/task.h"
#include "platform/records/service_deps.h"

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <cstdint>
#include <vector>

namespace rapport::alliance {

// Hands every record of the kind to `take`, with the transaction it was read in. `take` must
// outlive the task. `states`: only those in one of them; empty: any.
Task<absl::Status> WalkRecords(const records::ServiceDeps& deps, CallContext& context, int kind,
                               absl::FunctionRef<absl::Status(db::Tx&, records::Record)> take,
                               std::vector<std::int64_t> states = {});

}  // namespace rapport::alliance
