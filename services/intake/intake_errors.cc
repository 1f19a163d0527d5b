#include "intake/intake_errors.h"

#include "platform/base/access_limits.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <absl/time/time.h>

namespace rapport::intake::errors {
namespace {

absl::Status Precondition(std::string_view reason, std::string_view subject,
                          std::string_view what_would_meet_it) {
  return schema::Unmet(
      reason, what_would_meet_it,
      {{std::string(reason), std::string(subject), std::string(what_would_meet_it)}});
}

}  // namespace

absl::Status TransitionRefused(const std::vector<Unmet>& unmet) {
  std::vector<schema::UnmetCondition> conditions;
  for (const Unmet& one : unmet) conditions.push_back({one.type, one.subject, one.description});
  const bool illegal = !unmet.empty() && unmet.front().type == "ILLEGAL_TRANSITION";
  return schema::Unmet(illegal ? "ILLEGAL_TRANSITION" : "CONDITIONS_UNMET",
                       "the case can't move there yet; every unmet condition is listed",
                       conditions);
}

absl::Status RefusedInState(const StateRefusal& refusal, std::string_view name) {
  return Precondition(refusal.reason, name, refusal.what_would_meet_it);
}

absl::Status InvalidResource(std::string_view prefix,
                             const std::vector<std::pair<std::string, std::string>>& faults) {
  std::vector<schema::FieldViolation> violations;
  for (const auto& [field, expected] : faults) {
    violations.push_back({Concat({prefix, field}), expected, ""});
  }
  return schema::InvalidFields(violations);
}

absl::Status ExternalIdTaken(std::string_view name) { return schema::AlreadyExists(name); }

absl::Status AlreadyOnTeam(std::string_view helper) { return schema::AlreadyExists(helper); }

absl::Status AlreadySupervises(std::string_view supervision) {
  return schema::AlreadyExists(supervision);
}

absl::Status NotAlone() {
  return Precondition("NOT_ALONE", "", "each person is asked with nobody else in the room");
}

absl::Status LastTherapist(std::string_view family) {
  return Precondition("LAST_THERAPIST", family,
                      "another therapist joins first; an open case has at least one");
}

absl::Status AlreadyEnded(std::string_view name) {
  return Precondition("ALREADY_ENDED", name, "it has ended; history is not changed");
}

absl::Status ProblemResolved(std::string_view name) {
  return Precondition("PROBLEM_RESOLVED", name, "a resolved problem is recorded anew");
}

absl::Status MinorCantSign(std::string_view member) {
  return Precondition("MINOR_CANT_SIGN", member, "each attending adult signs");
}

absl::Status AccountTaken() {
  return schema::Refused(absl::StatusCode::kAlreadyExists, "ACCOUNT_TAKEN",
                         "the account is linked to another professional");
}

absl::Status AccountNotLinked(std::string_view resource) {
  return Precondition("ACCOUNT_NOT_LINKED", resource, "the account is linked to the resource");
}

absl::Status InviteRefused(const StateRefusal& refusal) {
  if (refusal.reason == "NOT_FOUND") return schema::NotFound();
  return schema::Refused(absl::StatusCode::kFailedPrecondition, "INVITE_FOR_ANOTHER",
                         "the account is a professional's, or another person's of the family");
}

absl::Status BreakGlassNotNeeded(std::string_view family) {
  return Precondition("BREAK_GLASS_NOT_NEEDED", family,
                      "nothing: the caller is on the care team and sees the record as it is");
}

absl::Status BreakGlassInForce(std::string_view name) { return schema::AlreadyExists(name); }

absl::Status BreakGlassLimit(int most, std::int64_t again_us) {
  return schema::Refused(
      absl::StatusCode::kResourceExhausted, kBreakGlassLimit,
      "a clinician opens so many records in an emergency within 24 hours and no more; whoever is "
      "on the care team needs none",
      {{"limit", std::to_string(most)},
       {"again_time", absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(again_us),
                                       absl::UTCTimeZone())}});
}

absl::Status OwnBreakGlass(std::string_view name) {
  return Precondition("OWN_BREAK_GLASS", name, "another privacy officer reviews it");
}

absl::Status OwnSupervision(std::string_view supervisor) {
  return Precondition("OWN_SUPERVISION", supervisor,
                      "another supervisor or an administrator assigns it");
}

absl::Status SupervisionCycle(std::string_view supervisee) {
  return Precondition("SUPERVISION_CYCLE", supervisee,
                      "nobody supervises, themself or through others, whoever supervises them: the "
                      "other supervision ends first (EndSupervision)");
}

absl::Status CaseNotActive(std::string_view family) {
  return Precondition("CASE_NOT_ACTIVE", family,
                      "the case is taken up again first (TransitionFamily)");
}

absl::Status ErasureRefused(const std::vector<Unmet>& unmet) {
  std::vector<schema::UnmetCondition> conditions;
  for (const Unmet& one : unmet) conditions.push_back({one.type, one.subject, one.description});
  return schema::Unmet("ERASURE_REFUSED",
                       "the family can't be erased yet; every unmet condition is listed",
                       conditions);
}

absl::Status SecondAdminRequired(std::string_view erasure) {
  return Precondition("SECOND_ADMIN_REQUIRED", erasure,
                      "an administrator who did not ask for it approves");
}

absl::Status ExtensionNotPossible(std::string_view request, std::string_view why) {
  return Precondition("EXTENSION_NOT_POSSIBLE", request, why);
}

absl::Status StatementNotPossible(std::string_view request, std::string_view why) {
  return Precondition("STATEMENT_NOT_POSSIBLE", request, why);
}

}  // namespace rapport::intake::errors
