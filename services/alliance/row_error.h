// A refusal as one row's error, for answers that report many. Pure.
#pragma once

#include <rapport/alliance/v1/rating.pb.h>

#include <absl/status/status.h>

namespace rapport::alliance {

// False where the call as a whole failed: nothing is known about the row.
bool IsAboutTheRow(const absl::Status& status);

// Code, reason, the first wrong field, text.
v1::RowError ToRowError(const absl::Status& status);

}  // namespace rapport::alliance
