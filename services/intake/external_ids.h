// External ids: whose they are, and what a filter says of them. Used by the use case files.
#pragma once

#include "intake/intake_store.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/text.h"

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

// Begins or ends with what nobody sees, so that it would never be found again as it is read.
inline bool HasBlankEnds(std::string_view value) {
  if (value.empty()) return false;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  std::size_t first = 1, last = value.size() - 1;
  while (first < value.size() && continues(value[first])) ++first;
  while (last > 0 && continues(value[last])) --last;
  return schema::IsBlank(value.substr(0, first)) || schema::IsBlank(value.substr(last));
}

// Of ids from outside: which one stands twice or, not being `known` from before, has blanks around
// it.
template <typename Ids>
absl::Status CheckIds(std::string_view prefix, const Ids& ids, const Ids& known = {}) {
  for (int i = 0; i < ids.size(); ++i) {
    const auto same = [&](const auto& id) {
      return id.system() == ids[i].system() && id.value() == ids[i].value();
    };
    const std::string path = Concat({prefix, "external_ids[", std::to_string(i), "]"});
    if (std::any_of(ids.begin(), ids.begin() + i, same)) {
      return schema::InvalidField(path, "each id once");
    }
    if (HasBlankEnds(ids[i].value()) && std::none_of(known.begin(), known.end(), same)) {
      return schema::InvalidField(path + ".value", "no blanks before or after it");
    }
  }
  return absl::OkStatus();
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
