#include "platform/rpc/change_rules.h"

#include "platform/schema/errors.h"

#include <rapport/options/v1/options.pb.h>

#include <algorithm>

namespace rapport::rpc {
namespace {

using changes::v1::ChangeType;

// What happened to a family's safety, who opened a record in an emergency, and what the suite makes
// of how people rate each other, is for the people who work with the family: other systems are not
// told that there is something.
bool IsForOtherSystems(ChangeType type) {
  return type != changes::v1::CHANGE_TYPE_SAFETY_CHANGED &&
         type != changes::v1::CHANGE_TYPE_BREAK_GLASS_CHANGED &&
         type != changes::v1::CHANGE_TYPE_SIGNAL_CHANGED;
}

bool IsForAdmins(ChangeType type) {
  return type == changes::v1::CHANGE_TYPE_ROSTER_CHANGED ||
         type == changes::v1::CHANGE_TYPE_CASE_CHANGED ||
         type == changes::v1::CHANGE_TYPE_CONSENT_CHANGED ||
         type == changes::v1::CHANGE_TYPE_FAMILY_ERASED ||
         type == changes::v1::CHANGE_TYPE_PROFESSIONAL_CHANGED ||
         type == changes::v1::CHANGE_TYPE_SUPERVISION_CHANGED;
}

bool IsPermitted(const RoleSet& roles, ChangeType type) {
  return roles.Has(options::v1::ROLE_PRIVACY_OFFICER) ||
         (roles.Has(options::v1::ROLE_SERVICE) && IsForOtherSystems(type)) ||
         (roles.Has(options::v1::ROLE_ADMIN) && IsForAdmins(type));
}

}  // namespace

std::vector<int> PermittedChanges(const RoleSet& roles) {
  const auto* all = changes::v1::ChangeType_descriptor();
  std::vector<int> types;
  for (int i = 0; i < all->value_count(); ++i) {
    const int number = all->value(i)->number();
    if (number == changes::v1::CHANGE_TYPE_UNSPECIFIED) continue;
    if (IsPermitted(roles, static_cast<ChangeType>(number))) types.push_back(number);
  }
  std::sort(types.begin(), types.end());
  return types;
}

absl::StatusOr<std::vector<int>> ChangesFor(const RoleSet& roles, const std::vector<int>& asked) {
  std::vector<int> permitted = PermittedChanges(roles);
  if (asked.empty()) return permitted;
  for (const int type : asked) {
    if (std::ranges::find(permitted, type) == permitted.end()) {
      return schema::Refused(schema::reasons::kChangeTypeNotPermitted);
    }
  }
  return asked;
}

}  // namespace rapport::rpc
