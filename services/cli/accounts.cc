#include "cli/accounts.h"

#include "cli/people.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::cli {
namespace {

// "me" has every name.
absl::StatusOr<std::string> TheOne(const People& own, std::string_view text,
                                   std::string_view kind) {
  if (text != kMe) return TheOneNamed(own, text, kind);
  const auto all = own.Names();
  if (all.size() == 1) return all.front();
  if (all.empty()) {
    return absl::NotFoundError("this account is no member of a family here (`rapport whoami`)");
  }
  return absl::FailedPreconditionError(
      Absl(Concat({"you are in several families; say which ", kind,
                   " by its name (`rapport whoami --names` shows it)"})));
}

}  // namespace

absl::StatusOr<intake::v1::Account> AccountOf(Client& client, const Caller& caller) {
  ASSIGN_OR_RETURN(auto answer, client.Call<intake::v1::GetAccountResponse>(
                                    caller, "rapport.intake.v1.IntakeService/GetAccount",
                                    intake::v1::GetAccountRequest()));
  return std::move(*answer.mutable_account());
}

absl::StatusOr<std::string> OwnMember(const intake::v1::Account& account, std::string_view family,
                                      std::string_view text) {
  People own;
  for (const auto& one : account.memberships()) {
    if (family.empty() || one.family() == family) own.Add(one.member(), one.display_name());
  }
  return TheOne(own, text, "person");
}

absl::StatusOr<std::string> OwnFamily(const intake::v1::Account& account, std::string_view text) {
  People own;
  for (const auto& one : account.memberships()) own.Add(one.family(), one.display_name());
  return TheOne(own, text, "family");
}

}  // namespace rapport::cli
