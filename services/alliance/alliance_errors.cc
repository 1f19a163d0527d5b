#include "alliance/alliance_errors.h"

#include "platform/base/strings.h"
#include "platform/schema/error_metadata.h"
#include "platform/schema/errors.h"

#include <algorithm>
#include <utility>

namespace rapport::alliance::errors {
namespace {

absl::Status Precondition(std::string_view reason, std::string_view subject,
                          std::string_view what_would_meet_it) {
  return schema::Unmet(
      reason, what_would_meet_it,
      {{std::string(reason), std::string(subject), std::string(what_would_meet_it)}});
}

absl::Status InvalidDefinition(std::string_view prefix, const std::vector<Fault>& faults) {
  std::vector<schema::FieldViolation> violations;
  for (const Fault& fault : faults) {
    violations.push_back({Concat({prefix, fault.path}), fault.expected, ""});
  }
  return schema::InvalidFields(violations);
}

std::vector<schema::FieldViolation> ViolationsOf(std::string_view prefix,
                                                 const std::vector<RatingFault>& faults) {
  std::vector<schema::FieldViolation> violations;
  for (const RatingFault& fault : faults) {
    violations.push_back({Concat({prefix, fault.field}), fault.expected, ""});
  }
  return violations;
}

}  // namespace

absl::Status InvalidInstrument(const std::vector<Fault>& faults) {
  return InvalidDefinition("instrument.", faults);
}

absl::Status InvalidLicence(const std::vector<Fault>& faults) {
  return InvalidDefinition("licence.", faults);
}

absl::Status InstrumentExists(std::string_view name) { return schema::AlreadyExists(name); }

absl::Status InvalidRating(std::string_view prefix, const std::vector<RatingFault>& faults) {
  return schema::InvalidFields(ViolationsOf(prefix, faults));
}

absl::Status RatingRefused(std::string_view rater, const std::vector<RatingUnmet>& unmet) {
  std::vector<schema::UnmetCondition> conditions;
  for (const RatingUnmet& one : unmet) {
    conditions.push_back({one.type, std::string(rater), one.description});
  }
  return schema::Unmet(unmet.front().type, unmet.front().description, conditions);
}

absl::Status SessionNotHeld(std::string_view session) {
  return Precondition("SESSION_NOT_HELD", session, "the session is held first (EndSession)");
}

absl::Status AlreadyRated(std::string_view rating) { return schema::AlreadyExists(rating); }

absl::Status RatingDiffers(const std::vector<RatingFault>& faults) {
  return schema::InvalidFields(ViolationsOf("", faults), "RATING_DIFFERS");
}

absl::Status InvitationUsed() {
  return Precondition("INVITATION_USED", "", "an invitation is good for one rating, until it ends");
}

absl::Status InvitationForOther() { return schema::PermissionDenied("INVITATION_FOR_OTHER"); }

absl::Status OnlyOneself() {
  return schema::InvalidField("rating.rater", "the caller, or a member of the family");
}

absl::Status NotTheRater() { return schema::PermissionDenied("NOT_THE_RATER"); }

absl::Status RequestNotDue(std::string_view request) {
  return Precondition("REQUEST_NOT_DUE", request, "a request that is due or opened");
}

absl::Status MembersOnly() {
  return Precondition("RATER_HAS_ACCOUNT", "", "invitations are for members; others sign in");
}

absl::Status StopAskingMembersOnly() {
  return schema::InvalidField("stop_asking", "false for a helper's own form");
}

absl::Status UrgentTaskRefused(const StateRefusal& refusal, std::string_view task) {
  return Precondition(refusal.reason, task, refusal.what_would_meet_it);
}

absl::Status ConcernOfNobody() {
  return schema::InvalidField("concern", "absent, unless a member of the family rates");
}

absl::Status ConcernKept(absl::Status refusal) {
  return schema::WithMetadata(std::move(refusal), schema::kConcern, schema::kKept);
}

absl::Status SharedDeviceOnly() {
  return schema::InvalidField("rating.mode", "SHARED_DEVICE, as the invitation says");
}

absl::Status SignalStateRefused(std::string_view signal, std::string_view step) {
  return Precondition("SIGNAL_STATE", signal,
                      Concat({"a signal whose state allows to ", step, " it"}));
}

absl::Status ReasonNeedsNote() {
  return schema::InvalidField("note", "required for the reason OTHER");
}

absl::Status NothingToFit() {
  return schema::Unmet("NOTHING_TO_FIT",
                       "no two ratings of 11 raters yet while nothing was going on",
                       {{.type = "NO_QUIET_RATINGS",
                         .subject = "ratings",
                         .description = "two ratings in a row of 11 raters"}});
}

absl::Status OutcomeRefused() {
  return schema::InvalidField("outcome", "none, REPAIRED, PARTLY or UNREPAIRED");
}

absl::Status SnoozeRange(int most_days) {
  return schema::InvalidField(
      "until_time", Concat({"in the future, at most ", std::to_string(most_days), " days ahead"}));
}

absl::Status InTheFuture(std::string_view field) {
  return schema::InvalidField(std::string(field), "not in the future");
}

absl::Status TooManyRatings() {
  return Precondition("TOO_MANY_RATINGS", "", "at most a million ratings with the instrument");
}

absl::Status HeaderMissing() {
  return schema::InvalidField("header", "in the first message of the stream");
}

absl::Status HeaderAgain() {
  return schema::InvalidField("header", "in the first message of the stream only");
}

absl::Status TooManyRows() {
  return schema::InvalidField("rows", "at most 20,000 in all messages together");
}

}  // namespace rapport::alliance::errors
