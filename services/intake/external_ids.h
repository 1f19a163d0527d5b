// External ids: whose they are. Used by the use case files.
#pragma once

#include "intake/intake_store.h"
#include "platform/base/status_macros.h"
#include "platform/schema/external_ids.h"

#include <rapport/type/v1/type.pb.h>

#include <optional>
#include <string>
#include <string_view>

namespace rapport::intake {

using schema::HasExternalId;

// The inner id of another record than `own` that has one of `ids`; nullopt: none has. `type` and
// `family` as for ExternalClaim.
template <typename Ids>
absl::StatusOr<std::optional<std::string>> OwnerOf(const IntakeStore& store, db::Tx& tx,
                                                   std::string_view agency, std::string_view type,
                                                   std::string_view family, const Ids& ids,
                                                   std::string_view own) {
  for (const auto& id : ids) {
    ASSIGN_OR_RETURN(
        auto owner,
        store.records().FindClaim(tx, agency, ExternalClaim(type, family, id), ExternalValue(id)));
    if (owner && *owner != own) return owner;
  }
  return std::optional<std::string>();
}

}  // namespace rapport::intake
