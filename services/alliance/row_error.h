// A refusal as one row's errors, for answers that report many. Pure.
#pragma once

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/type/v1/type.pb.h>

#include <absl/status/status.h>

#include <vector>

namespace rapport::alliance {

// False where the call as a whole failed: nothing is known about the row.
bool IsAboutTheRow(const absl::Status& status);

// Everything that the refusals say is wrong, in their order: of each wrong field and each unmet
// condition its code, reason, field and text.
std::vector<type::v1::RowError> ToRowErrors(const std::vector<absl::Status>& refusals);

// Puts them into an outcome's `errors`, and the first into its `error`, which older clients read.
template <typename Outcome>
void Refuse(const std::vector<type::v1::RowError>& errors, Outcome* outcome) {
  outcome->mutable_errors()->Assign(errors.begin(), errors.end());
  v1::RowError& first = *outcome->mutable_error();
  first.set_code(errors.front().code());
  first.set_reason(errors.front().reason());
  first.set_field(errors.front().field());
  first.set_message(errors.front().message());
}

}  // namespace rapport::alliance
