// IntakeHistory: every version of a family, of all that intake keeps of it, and of what belongs to
// the agency, each to whom it would have been shown. No gRPC, no SQL. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/records/revisions.h"

#include <rapport/intake/v1/revision.pb.h>

namespace rapport::intake {

class IntakeHistory {
 public:
  // All must outlive it. `rules`: by whose day people come of age.
  IntakeHistory(const records::ServiceDeps& deps, crypto::KeyRing& keys, RulesOf rules)
      : deps_(deps), revisions_(deps, "intake", keys), rules_(std::move(rules)) {}

  Task<absl::StatusOr<v1::ListCaseRevisionsResponse>> ListCaseRevisions(
      CallContext& context, const v1::ListCaseRevisionsRequest& request);
  Task<absl::StatusOr<v1::ListAgencyRevisionsResponse>> ListAgencyRevisions(
      CallContext& context, const v1::ListAgencyRevisionsRequest& request);

 private:
  // The record and its earlier versions, oldest first. NOT_FOUND: none.
  Task<absl::StatusOr<std::vector<records::Record>>> Versions(CallContext& context, int kind,
                                                              std::string id) const;

  const records::ServiceDeps deps_;
  const records::Revisions revisions_;
  const RulesOf rules_;
};

}  // namespace rapport::intake
