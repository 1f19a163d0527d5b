// External ids: whose they are, and what a filter says of them. Used by the use case files.
#pragma once

#include "intake/intake_store.h"
#include "platform/base/status_macros.h"

#include <rapport/type/v1/type.pb.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace rapport::intake {

// `wanted` is `system=value`, as `filter: external_ids:"system=value"` says it.
template <typename Ids>
bool HasExternalId(const Ids& ids, std::string_view wanted) {
  return std::any_of(ids.begin(), ids.end(),
                     [&](const auto& id) { return wanted == id.system() + "=" + id.value(); });
}

// The path, under `prefix`, of the first id that stands twice in `ids`; nullopt: none does.
template <typename Ids>
std::optional<std::string> RepeatedId(std::string_view prefix, const Ids& ids) {
  for (int i = 1; i < ids.size(); ++i) {
    const auto same = [&](const auto& id) {
      return id.system() == ids[i].system() && id.value() == ids[i].value();
    };
    if (std::any_of(ids.begin(), ids.begin() + i, same)) {
      return std::string(prefix) + "external_ids[" + std::to_string(i) + "]";
    }
  }
  return std::nullopt;
}

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
