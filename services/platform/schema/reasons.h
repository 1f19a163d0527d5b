// Reasons: every `ErrorInfo.reason` that the platform itself gives, with its code and its text.
//
// errors.h builds statuses from these rows, a golden test freezes them. A service keeps the reasons
// of its own refusals in its own catalogue (NAME_errors.h). A status that nobody gave a reason
// carries the name of its code ("DEADLINE_EXCEEDED"). Constants only.
#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace rapport::schema {

struct Reason {
  std::string_view name;  // UPPER_SNAKE_CASE, at most 63 characters, never renamed
  absl::StatusCode code;
  std::string_view message;  // for developers
};

namespace reasons {

// The request as such.
inline constexpr Reason kInvalidRequest{"INVALID_REQUEST", absl::StatusCode::kInvalidArgument,
                                        "the request breaks rules of its fields"};
inline constexpr Reason kMalformedRequest{"MALFORMED_REQUEST", absl::StatusCode::kInvalidArgument,
                                          "the bytes are not a message of the request's type"};
inline constexpr Reason kRequestTooLarge{"REQUEST_TOO_LARGE", absl::StatusCode::kResourceExhausted,
                                         "the request has more bytes than the method accepts"};
inline constexpr Reason kPageTokenInvalid{"PAGE_TOKEN_INVALID", absl::StatusCode::kInvalidArgument,
                                          "the page token is expired, of another query, or none"};
inline constexpr Reason kCursorInvalid{"CURSOR_INVALID", absl::StatusCode::kInvalidArgument,
                                       "the cursor is not one of this service for this agency"};
inline constexpr Reason kChangesExpired{"CHANGES_EXPIRED", absl::StatusCode::kOutOfRange,
                                        "changes behind the cursor are no longer kept; "
                                        "take a cursor of now and read everything anew"};
inline constexpr Reason kFilterInvalid{"FILTER_INVALID", absl::StatusCode::kInvalidArgument,
                                       "the filter can't be read"};
inline constexpr Reason kUpdateMaskInvalid{"UPDATE_MASK_INVALID",
                                           absl::StatusCode::kInvalidArgument,
                                           "the update mask names what can't be updated"};

// Repeating and racing.
inline constexpr Reason kRequestIdReused{"REQUEST_ID_REUSED", absl::StatusCode::kInvalidArgument,
                                         "the request id was used for another request"};
inline constexpr Reason kEtagRequired{"ETAG_REQUIRED", absl::StatusCode::kInvalidArgument,
                                      "the etag of the version that was seen is missing"};
inline constexpr Reason kEtagMismatch{"ETAG_MISMATCH", absl::StatusCode::kAborted,
                                      "the resource changed since the etag was given"};
inline constexpr Reason kConflict{"CONFLICT", absl::StatusCode::kAborted,
                                  "another change came first; load again and retry"};
inline constexpr Reason kCommitUnknown{"COMMIT_UNKNOWN", absl::StatusCode::kUnavailable,
                                       "it is unknown whether the change was stored; "
                                       "repeat with the same request id"};

// Who asks for what.
inline constexpr Reason kNotFound{"NOT_FOUND", absl::StatusCode::kNotFound, "not found"};
inline constexpr Reason kAlreadyExists{"ALREADY_EXISTS", absl::StatusCode::kAlreadyExists,
                                       "a resource with this identifier exists"};
inline constexpr Reason kUnauthenticated{"UNAUTHENTICATED", absl::StatusCode::kUnauthenticated,
                                         "one valid bearer token is needed"};
inline constexpr Reason kPeerNotPermitted{"PEER_NOT_PERMITTED", absl::StatusCode::kPermissionDenied,
                                          "this service may not call the method"};
inline constexpr Reason kRoleNotPermitted{"ROLE_NOT_PERMITTED", absl::StatusCode::kPermissionDenied,
                                          "no role of the caller permits the method"};
inline constexpr Reason kScopeMissing{"SCOPE_MISSING", absl::StatusCode::kPermissionDenied,
                                      "the token lacks the scope that the method needs"};
inline constexpr Reason kConsentMissing{"CONSENT_MISSING", absl::StatusCode::kFailedPrecondition,
                                        "the member's consent for this purpose is not in force"};

inline constexpr Reason kChangeTypeNotPermitted{"CHANGE_TYPE_NOT_PERMITTED",
                                                absl::StatusCode::kPermissionDenied,
                                                "no role of the caller permits that type"};

// The state of the suite.
inline constexpr Reason kStopping{"STOPPING", absl::StatusCode::kUnavailable,
                                  "the process stops; go on with another"};
inline constexpr Reason kOverloaded{"OVERLOADED", absl::StatusCode::kUnavailable,
                                    "too many calls in flight; come back later"};
inline constexpr Reason kDependencyUnavailable{"DEPENDENCY_UNAVAILABLE",
                                               absl::StatusCode::kUnavailable,
                                               "a service that this call needs can't be reached"};
inline constexpr Reason kInternal{"INTERNAL", absl::StatusCode::kInternal, "internal error"};

inline constexpr Reason kAll[] = {
    kInvalidRequest, kMalformedRequest,  kRequestTooLarge,       kPageTokenInvalid,
    kFilterInvalid,  kUpdateMaskInvalid, kRequestIdReused,       kEtagRequired,
    kEtagMismatch,   kConflict,          kCommitUnknown,         kNotFound,
    kAlreadyExists,  kUnauthenticated,   kPeerNotPermitted,      kRoleNotPermitted,
    kConsentMissing, kCursorInvalid,     kChangesExpired,        kChangeTypeNotPermitted,
    kStopping,       kOverloaded,        kDependencyUnavailable, kInternal,
};

}  // namespace reasons
}  // namespace rapport::schema
