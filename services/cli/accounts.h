// Accounts: what a family member means by a name. They see no roster, no directory and no list of
// families, only who they are themself (GetAccount); so they name themself, or say "me", and that
// is also the family that they mean. Pure, but for AccountOf.
#pragma once

#include "cli/client.h"

#include <absl/status/statusor.h>
#include <rapport/intake/v1/account_requests.pb.h>

#include <string>
#include <string_view>

namespace rapport::cli {

// What stands for whoever calls, in place of a name.
inline constexpr std::string_view kMe = "me";

// Who the caller is.
absl::StatusOr<intake::v1::Account> AccountOf(Client& client, const Caller& caller);

// The member, in `family` (empty: wherever), whom `text` means: "me", or words of their own display
// name. NOT_FOUND: the account is nobody of it there; FAILED_PRECONDITION: it is several.
absl::StatusOr<std::string> OwnMember(const intake::v1::Account& account, std::string_view family,
                                      std::string_view text);

// The family in which the account is whom `text` means, as OwnMember.
absl::StatusOr<std::string> OwnFamily(const intake::v1::Account& account, std::string_view text);

}  // namespace rapport::cli
