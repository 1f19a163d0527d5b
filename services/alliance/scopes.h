// What another system's token must say besides its role before it learns what moves with safety
// (DECISIONS 86). The agency's issuer gives these; people need none.
//
// Asked by use cases whose methods people and other systems share. Pure, thread-safe.
#pragma once

#include "platform/base/call_context.h"

#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <string_view>

namespace rapport::alliance {

// That there is something to look at in a family: WatchSignals.
inline constexpr std::string_view kSignalsScope = "signals";
// That somebody called for help, and who is to come: ListUrgentTasks.
inline constexpr std::string_view kUrgentTasksScope = "urgent_tasks";
// What somebody answered about safety: ListRatings, ListRatingRevisions.
inline constexpr std::string_view kRatingAnswersScope = "ratings.answers";

inline bool IsSystem(const CallContext& context) {
  return context.principal->roles.Has(options::v1::ROLE_SERVICE);
}

inline bool MayRead(const CallContext& context, std::string_view scope) {
  const auto& scopes = context.principal->scopes;
  return !IsSystem(context) || std::ranges::find(scopes, scope) != scopes.end();
}

}  // namespace rapport::alliance
