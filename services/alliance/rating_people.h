// Who and whom a rating is about, read from its names, and what of it a viewer is shown.
//
// Called by the use cases that take, correct and show ratings. Pure, thread-safe.
#pragma once

#include "alliance/rating_rules.h"
#include "platform/base/call_context.h"
#include "platform/schema/names.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// The member or professional of this name, if the family can have them; nullopt: neither.
std::optional<Person> ReadPerson(const schema::Names& names, std::string_view family,
                                 std::string_view name);

// Whom the parts are about, in order; nullopt where the name is none of this family's.
std::vector<std::optional<Target>> ReadTargets(const schema::Names& names,
                                               const std::string& family, const v1::Rating& rating);

// Who hands a rating of this rater in, or corrects it; nullopt: the caller can't rate for them.
std::optional<Submitter> SubmitterOf(const Access& access, const Person& rater);

// Takes out of `rating` what is for the helpers of the care team alone.
void HideFrom(Viewer viewer, v1::Rating* rating);

// Takes out of `rating`, given with `instrument`, every answer and score about safety. Null, a form
// that is not known: every answer and score.
void HideSafety(const v1::Instrument* instrument, v1::Rating* rating);

}  // namespace rapport::alliance
