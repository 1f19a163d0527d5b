// Errors: refusals as absl::Status with google.rpc details as payloads, and their form on the wire.
//
// Every service's error catalogue and the pipeline build refusals here; nobody sets a payload by
// hand. A payload's key is "type.googleapis.com/google.rpc.X", its value the serialised message; at
// most one of each type. Texts are for developers and never hold a value of a request, a name of a
// person or a driver's words. Pure functions.
#pragma once

#include "platform/schema/reasons.h"

#include <absl/status/status.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::schema {

// One wrong field of a request.
struct FieldViolation {
  std::string field;        // path from the request: `member.birth_date.year`, `items[3].value`
  std::string description;  // what was expected; never the value
  std::string reason;       // a reason of its own (ETAG_REQUIRED); empty: INVALID_REQUEST
};

// One condition that would have to be met first.
struct UnmetCondition {
  std::string type;         // UPPER_SNAKE_CASE
  std::string subject;      // resource name
  std::string description;  // what would meet it
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

// The general form; `code` must not be kOk. The ErrorInfo's domain is always "rapport".
absl::Status Refused(absl::StatusCode code, std::string_view reason, std::string_view message,
                     const Metadata& metadata = {});
absl::Status Refused(const Reason& reason, const Metadata& metadata = {});

// INVALID_ARGUMENT with BadRequest. Without `reason` it is the one that all violations have in
// common, else INVALID_REQUEST.
absl::Status InvalidFields(const std::vector<FieldViolation>& violations,
                           std::string_view reason = {});
absl::Status InvalidField(std::string field, std::string description, std::string_view reason = {});

// FAILED_PRECONDITION with PreconditionFailure: every condition that is not met.
absl::Status Unmet(std::string_view reason, std::string_view message,
                   const std::vector<UnmetCondition>& conditions);

// The one answer to everything the caller may not know of: unknown, another agency's, not theirs.
// Equal to the byte whatever was asked, so it takes no argument.
absl::Status NotFound();

absl::Status AlreadyExists(std::string_view name);  // with ResourceInfo: `name` is what exists
absl::Status EtagRequired();
// `current_etag` (may be empty: not told) goes into the metadata under that key.
absl::Status EtagMismatch(std::string_view current_etag);
absl::Status RequestIdReused();
absl::Status MalformedRequest();
absl::Status RequestTooLarge(std::size_t max_bytes);
absl::Status Unauthenticated();
absl::Status PermissionDenied(std::string_view reason);
// UNAVAILABLE with RetryInfo.
absl::Status Overloaded(std::chrono::milliseconds retry_delay);

// The status's reason; empty when nobody gave it one. `status` must be an error for one to exist.
std::string ReasonOf(const absl::Status& status);

// What a client may see of `status`: any NOT_FOUND becomes NotFound(); INTERNAL, UNKNOWN and
// DATA_LOSS lose text and payloads; kConcern (error_metadata.h) stays. All else is as it is.
absl::Status ForClient(const absl::Status& status);

// The serialised google.rpc.Status, for `grpc-status-details-bin`: exactly one ErrorInfo, first,
// and at most one of each other google.rpc type; payloads of other types stay inside. At most
// limits::kErrorDetailBytes: violations that do not fit are left out from the end, and the metadata
// `violations_left_out` says how many. Deterministic. Empty for an OK status.
std::string StatusDetails(const absl::Status& status);

// The inverse, for answers of other services: `details` that do not parse, or are of another code,
// count as none. `code` and `message` always hold.
absl::Status FromDetails(absl::StatusCode code, std::string_view message, std::string_view details);

}  // namespace rapport::schema
