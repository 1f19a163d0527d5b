// What a refusal says besides: for a layer that knows more of what became of the call than the one
// that refused it.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace rapport::schema {

// The one entry that ForClient leaves even where it hides everything else: the concern of a call
// that failed. Its value is kKept: the concern is on record all the same.
inline constexpr std::string_view kConcern = "concern", kKept = "KEPT";

// `refusal` with the entry in its ErrorInfo, which it gets if it has none. `refusal` is an error.
absl::Status WithMetadata(absl::Status refusal, std::string_view key, std::string_view value);

// The entry of the status's ErrorInfo; empty when there is none.
std::string MetadataOf(const absl::Status& status, std::string_view key);

}  // namespace rapport::schema
