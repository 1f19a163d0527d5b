// External ids: what other systems call a resource. What is wrong with those of a request, and what
// a filter says of them. Pure.
#pragma once

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <absl/status/status.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace rapport::schema {

// Why nobody could find a resource by this value as it is read: it begins or ends with what nobody
// sees, or is of several lines. As what is expected instead; empty: nothing is wrong.
std::string_view FaultOfExternalValue(std::string_view value);

// `wanted` is `system=value`, as `filter: external_ids:"system=value"` says it.
template <typename Ids>
bool HasExternalId(const Ids& ids, std::string_view wanted) {
  return std::any_of(ids.begin(), ids.end(),
                     [&](const auto& id) { return wanted == id.system() + "=" + id.value(); });
}

// INVALID_ARGUMENT for an id that stands twice or, not being `known` from before, can't be found as
// it is read. `prefix`: of the resource's fields, "family.".
template <typename Ids>
absl::Status CheckExternalIds(std::string_view prefix, const Ids& ids, const Ids& known = {}) {
  for (int i = 0; i < ids.size(); ++i) {
    const auto same = [&](const auto& id) {
      return id.system() == ids[i].system() && id.value() == ids[i].value();
    };
    const std::string path = Concat({prefix, "external_ids[", std::to_string(i), "]"});
    if (std::any_of(ids.begin(), ids.begin() + i, same)) return InvalidField(path, "each id once");
    const std::string_view fault = FaultOfExternalValue(ids[i].value());
    if (!fault.empty() && std::none_of(known.begin(), known.end(), same)) {
      return InvalidField(path + ".value", std::string(fault));
    }
  }
  return absl::OkStatus();
}

}  // namespace rapport::schema
