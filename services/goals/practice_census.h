// What the metrics show of the practice: how far homework comes, as numbers of an agency. Nothing
// of anybody is in them, and what is published of them is in whole elevens
// (telemetry/metric_names.h).
#pragma once

#include "platform/records/census.h"
#include "platform/records/service_deps.h"

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

namespace rapport::goals {

// The series, and one agency's numbers in their order. Blocks.
std::vector<records::Census::Series> PracticeSeries();
absl::StatusOr<records::Census::Numbers> CountPractice(const records::ServiceDeps& deps,
                                                       std::string_view agency);

}  // namespace rapport::goals
