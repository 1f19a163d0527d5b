// GoalsHistory: every version of a goal, of a stance to it, and of homework, each to whom it would
// have been shown. No gRPC, no SQL. Thread-safe.
#pragma once

#include "goals/goals_store.h"
#include "goals/show.h"
#include "platform/records/revisions.h"

#include <rapport/goals/v1/revision.pb.h>

#include <optional>

namespace rapport::goals {

class GoalsHistory {
 public:
  // All must outlive it.
  GoalsHistory(const records::ServiceDeps& deps, crypto::KeyRing& keys)
      : deps_(deps), store_(deps.records), revisions_(deps, "goals", keys) {}

  Task<absl::StatusOr<v1::ListPlanRevisionsResponse>> ListPlanRevisions(
      CallContext& context, const v1::ListPlanRevisionsRequest& request);

 private:
  // Which record's versions are asked for. Nullopt: there is none that the caller may see.
  std::optional<records::Record> Find(const Showing& showing, FamilyFile& file,
                                      const v1::ListPlanRevisionsRequest& request) const;

  const records::ServiceDeps deps_;
  const GoalsStore store_;
  const records::Revisions revisions_;
};

}  // namespace rapport::goals
