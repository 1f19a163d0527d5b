// What the goals service asks the alliance service for, as an interface: how members see working
// with their helpers. alliance_client asks over the mesh; tests answer themselves.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <rapport/alliance/v1/estimate.pb.h>

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace rapport::goals {

using Estimates = std::vector<alliance::v1::EstimateSeries>;

class AllianceSource {
 public:
  virtual ~AllianceSource() = default;
  // Everybody's in `family` (a name), as the caller of the call may see them. Whoever may not, and
  // an alliance service that can't be reached, are refusals.
  virtual Task<absl::StatusOr<Estimates>> EstimatesOf(CallContext& context, std::string family) = 0;
};

}  // namespace rapport::goals
