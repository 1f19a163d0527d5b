#include "goals/goals_errors.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

namespace rapport::goals::errors {

absl::Status InvalidResource(std::string_view prefix, const Faults& faults) {
  std::vector<schema::FieldViolation> violations;
  for (const Fault& fault : faults) {
    violations.push_back({Concat({prefix, fault.field}), fault.expected, ""});
  }
  return schema::InvalidFields(violations);
}

absl::Status InvalidField(std::string_view field, std::string_view expected) {
  return schema::InvalidField(std::string(field), std::string(expected));
}

absl::Status NotMet(const std::vector<Unmet>& unmet, std::string_view otherwise) {
  std::vector<schema::UnmetCondition> conditions;
  bool same = true;
  for (const Unmet& one : unmet) {
    conditions.push_back({one.type, one.subject, one.description});
    same = same && one.type == unmet.front().type;
  }
  return schema::Unmet(same ? std::string_view(unmet.front().type) : otherwise,
                       unmet.front().description, conditions);
}

absl::Status ExternalIdTaken(std::string_view homework) { return schema::AlreadyExists(homework); }

absl::Status CheckOwner(const v1::Goal& goal, const Actor& actor) {
  if (actor.is_professional || Contains(goal.owners(), actor.person)) return absl::OkStatus();
  return schema::PermissionDenied("NOT_AN_OWNER");
}

absl::Status CheckSoleOwner(const v1::Goal& goal, const Actor& actor) {
  if (actor.called_by_professional || goal.owners_size() <= 1) return absl::OkStatus();
  return schema::PermissionDenied("NOT_SOLE_OWNER");
}

absl::Status NotOneself() { return schema::PermissionDenied("NOT_ONESELF"); }

absl::Status NotTheProposer() { return schema::PermissionDenied("NOT_THE_PROPOSER"); }

Unmet TermsChanged(std::string_view homework) {
  return {"TERMS_CHANGED", std::string(homework), "the answer is to the newest terms_revision"};
}

absl::Status AskAgreementFirst() {
  return schema::InvalidField("review.asked_agreement",
                              "true: the second miss in a row asks whether it is an agreement "
                              "problem",
                              "ASK_AGREEMENT");
}

absl::Status TooManyReports() {
  return schema::Refused(absl::StatusCode::kResourceExhausted, "TOO_MANY_REPORTS",
                         "a doer has at most 200 reports of a piece of homework");
}

}  // namespace rapport::goals::errors
