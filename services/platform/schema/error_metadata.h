// What a refusal says besides: for a layer that knows more of what became of the call than the one
// that refused it.
#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace rapport::schema {

// `refusal` with the entry in its ErrorInfo, which it gets if it has none. `refusal` is an error.
absl::Status WithMetadata(absl::Status refusal, std::string_view key, std::string_view value);

}  // namespace rapport::schema
