// Rating invitations: what a member holds instead of an account to give one rating. Minted by
// alliance, opened by TokenVerifier. Single use is alliance's to enforce. Thread-safe.
#pragma once

#include "platform/crypto/agencies.h"
#include "platform/crypto/suite_secret.h"

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace rapport::internal::v1 {
class InvitationToken;
}

namespace rapport::crypto {

// "{agency}.{base64url of the sealed token}": what follows "Invitation " in the authorization
// header.
std::string MintInvitation(const SuiteSecret& secret,
                           const rapport::internal::v1::InvitationToken& token);

// UNAUTHENTICATED when `text` was not minted with this suite secret for an active agency. The
// caller looks at the expiry.
absl::StatusOr<rapport::internal::v1::InvitationToken> OpenInvitation(const SuiteSecret& secret,
                                                                      const Agencies& agencies,
                                                                      std::string_view text);

}  // namespace rapport::crypto
