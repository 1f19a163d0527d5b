// Every refusal of the alliance service, in one place: a search for its reason or text has one hit.
#pragma once

#include "alliance/instruments/check_instrument.h"
#include "alliance/rating_rules.h"
#include "platform/base/machine.h"

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance::errors {

absl::Status InvalidInstrument(const std::vector<Fault>& faults);
absl::Status InvalidLicence(const std::vector<Fault>& faults);
absl::Status InstrumentExists(std::string_view name);

// All wrong fields of a rating; `prefix` stands before each path ("rating.").
absl::Status InvalidRating(std::string_view prefix, const std::vector<RatingFault>& faults);
// All unmet conditions of a rating; `rater` is the resource they are about.
absl::Status RatingRefused(std::string_view rater, const std::vector<RatingUnmet>& unmet);
absl::Status SessionNotHeld(std::string_view session);
absl::Status AlreadyRated(std::string_view rating);
// The row of an import has other answers than the rating on record, in these fields.
absl::Status RatingDiffers(const std::vector<RatingFault>& faults);
absl::Status InvitationUsed();
// The invitation is for another session, rater or form.
absl::Status InvitationForOther();
// The invitation is for a device that the family shares.
absl::Status SharedDeviceOnly();
absl::Status OnlyOneself();
// A helper's own view is corrected by that helper.
absl::Status NotTheRater();

absl::Status RequestNotDue(std::string_view request);
absl::Status MembersOnly();
// A helper's own view is asked for as the plan says.
absl::Status StopAskingMembersOnly();

absl::Status UrgentTaskRefused(const StateRefusal& refusal, std::string_view task);
// A concern is a member's: the rating it came with is not of one.
absl::Status ConcernOfNobody();
// `refusal` of a call whose concern is on record.
absl::Status ConcernKept(absl::Status refusal);

absl::Status SignalStateRefused(std::string_view signal, std::string_view step);
absl::Status ReasonNeedsNote();
// No quiet ratings.
absl::Status NothingToFit();
absl::Status OutcomeRefused();
absl::Status SnoozeRange(int most_days);

absl::Status InTheFuture(std::string_view field);

absl::Status TooManyRatings();

absl::Status HeaderMissing();
absl::Status HeaderAgain();
absl::Status TooManyRows();

}  // namespace rapport::alliance::errors
