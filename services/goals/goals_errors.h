// Every refusal of the goals service, in one place: a search for its reason or text has one hit.
#pragma once

#include "goals/values.h"

#include <absl/status/status.h>

#include <string_view>
#include <vector>

namespace rapport::goals::errors {

// Faults of a resource, under `prefix` ("goal.").
absl::Status InvalidResource(std::string_view prefix, const Faults& faults);
// A field that a member's own call must have, or must not have.
absl::Status InvalidField(std::string_view field, std::string_view expected);
// Everything that is not met. The reason is the one they have in common, else `otherwise`.
absl::Status NotMet(const std::vector<Unmet>& unmet, std::string_view otherwise);
// An external id of the request belongs to `homework` (a name) already.
absl::Status ExternalIdTaken(std::string_view homework);

// NOT_AN_OWNER: a member changes, ends and rates what they own; professionals any goal.
absl::Status CheckOwner(const v1::Goal& goal, const Actor& actor);
// NOT_SOLE_OWNER: a goal of several is ended, succeeded and scaled by a professional: what one
// owner does alone would be for the other to see.
absl::Status CheckSoleOwner(const v1::Goal& goal, const Actor& actor);
// NOT_ONESELF: a professional speaks for themselves and for members, not for other professionals.
absl::Status NotOneself();
// NOT_THE_PROPOSER: a member takes back what they proposed themselves.
absl::Status NotTheProposer();
// TERMS_CHANGED, to be listed beside others.
Unmet TermsChanged(std::string_view homework);
// ASK_AGREEMENT: the second miss in a row is reviewed after asking whether it is an agreement
// problem.
absl::Status AskAgreementFirst();
// TOO_MANY_REPORTS.
absl::Status TooManyReports();

}  // namespace rapport::goals::errors
