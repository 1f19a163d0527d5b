// Who is told of which changes. Pure.
#pragma once

#include "platform/base/call_context.h"

#include <rapport/changes/v1/changes_service.pb.h>

#include <absl/status/statusor.h>

#include <vector>

namespace rapport::rpc {

// The types that some role of the caller permits, in order of their numbers.
std::vector<int> PermittedChanges(const RoleSet& roles);
// Those of `asked` (numbers); none: all that are permitted. PERMISSION_DENIED,
// CHANGE_TYPE_NOT_PERMITTED: one of them is not.
absl::StatusOr<std::vector<int>> ChangesFor(const RoleSet& roles, const std::vector<int>& asked);

}  // namespace rapport::rpc
