// A page of what a case holds of one sort, by the time it was made. Used by the lists of a family.
#pragma once

#include "platform/records/lists.h"
#include "platform/records/service_deps.h"
#include "platform/records/stored.h"
#include "platform/schema/filter.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

// `add` puts one of them into the response. The next page's token. INVALID_ARGUMENT: the order or
// the token of `request`.
template <typename Message, typename Request, typename Add>
absl::StatusOr<std::string> ShowCasePage(const records::ServiceDeps& deps,
                                         const CallContext& context, const Request& request,
                                         std::vector<records::Stored<Message>> all,
                                         bool newest_first, Add add) {
  auto order = schema::ParseOrderBy(request.order_by(), {"create_time"}, {0, newest_first});
  if (!order.ok()) return order.status();
  std::vector<records::Placed<records::Stored<Message>>> entries;
  for (auto& stored : all) {
    const std::int64_t sort_us = stored.record.sort_us;
    std::string id = stored.record.id;
    entries.push_back({sort_us, std::move(id), std::move(stored)});
  }
  return records::ShowPage(deps, context, request, std::move(entries), order->descending, add);
}

}  // namespace rapport::intake
