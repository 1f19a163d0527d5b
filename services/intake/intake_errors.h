// Every refusal of intake, in one place: a search for its reason or text has one hit.
#pragma once

#include "intake/case_file.h"
#include "platform/base/machine.h"

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake::errors {

// TransitionFamily: all that is unmet, in `PreconditionFailure`.
absl::Status TransitionRefused(const std::vector<Unmet>& unmet);
// What the table of a life cycle says of an event that can't happen now.
absl::Status RefusedInState(const StateRefusal& refusal, std::string_view name);
// (field, expected) pairs of a resource, under `prefix` ("consent.").
absl::Status InvalidResource(std::string_view prefix,
                             const std::vector<std::pair<std::string, std::string>>& faults);
// An external id of the request belongs to `name` already.
absl::Status ExternalIdTaken(std::string_view name);
absl::Status AlreadyOnTeam(std::string_view helper);
absl::Status AlreadySupervises(std::string_view supervision);
absl::Status NotAlone();
absl::Status LastTherapist(std::string_view family);
absl::Status AlreadyEnded(std::string_view name);
absl::Status ProblemResolved(std::string_view name);
absl::Status MinorCantSign(std::string_view member);
absl::Status AccountTaken();
absl::Status AccountNotLinked(std::string_view resource);
// NOT_FOUND is the same as of a code that never was.
absl::Status InviteRefused(const StateRefusal& refusal);
absl::Status BreakGlassNotNeeded(std::string_view family);
absl::Status BreakGlassInForce(std::string_view name);  // there is one already
// `again_us`: from when on there is room for another.
absl::Status BreakGlassLimit(int most, std::int64_t again_us);
absl::Status OwnBreakGlass(std::string_view name);
absl::Status OwnSupervision(std::string_view supervisor);
absl::Status SupervisionCycle(std::string_view supervisee);
absl::Status CaseNotActive(std::string_view family);
// EraseFamily, ApproveErasure: all that is in the way.
absl::Status ErasureRefused(const std::vector<Unmet>& unmet);
absl::Status SecondAdminRequired(std::string_view erasure);
absl::Status ExtensionNotPossible(std::string_view request, std::string_view why);
absl::Status StatementNotPossible(std::string_view request, std::string_view why);

}  // namespace rapport::intake::errors
