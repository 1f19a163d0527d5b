// What a token must say, once its signature holds (research: reliability.md 2.6). Pure: no keys, no
// files, no clock. Used by TokenVerifier.
#pragma once

#include "platform/base/call_context.h"
#include "platform/crypto/agencies.h"

#include <absl/status/statusor.h>
#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace rapport::crypto {

// Clocks of issuers and services may differ by this much.
inline constexpr std::int64_t kClockSkewSeconds = 60;

// The header's two words that matter. UNAUTHENTICATED when it lacks them or asks for anything that
// would make the token's own words decide how it is verified.
struct TokenHeader {
  std::string algorithm, key_id;
};
absl::StatusOr<TokenHeader> CheckHeader(const nlohmann::json& header);

struct TokenClaims {
  Principal principal;
  std::int64_t issued_unix = 0;
};
// `claims` of a token of `agency` whose signature holds, at machine time `now_unix`.
// UNAUTHENTICATED with a constant text for the operator: what is wrong, not whose token it is.
absl::StatusOr<TokenClaims> CheckClaims(const nlohmann::json& claims, const Agency& agency,
                                        std::int64_t now_unix);

// Name of a role in tokens ("clinician") to its rapport.options.v1.Role number; 0: no token can
// give such a role.
int RoleNumber(const std::string& name);

}  // namespace rapport::crypto
