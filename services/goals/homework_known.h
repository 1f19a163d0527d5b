// What members know of homework that names people whom the clinician arranged separately. Pure.
//
// When one of them takes a step, the others keep what they knew before it, and go on from there by
// their own steps: they are shown neither the other's answer nor its effects. What professionals
// see is what everybody did, as far as the life of homework takes it. Terms that a professional
// lets pass are everybody's again, and so is an end that a professional makes. Homework that is
// HELD is AGREED to members.
#pragma once

#include "goals/homework_rules.h"

#include <absl/status/status.h>

#include <functional>
#include <string>

namespace rapport::goals {

// A held one as agreed, with what reports make of it; any other as it is.
v1::Homework AsMembersKnow(v1::Homework homework);
// The homework, or what the member who looks knows instead.
const v1::Homework& KnownTo(const Onlooker& who, const internal::v1::StoredHomework& stored);

// On file, with the newest answers and the reports of those who go on from what they know: an
// answer to terms that are held, for them still open, is on record there alone.
v1::Homework WithEverybodysSteps(const internal::v1::StoredHomework& stored);

// A step on one version of homework: checks it there, and changes it.
using HomeworkChange = std::function<absl::Status(internal::v1::StoredHomework&)>;
// What a step is: about the terms (accepted, countered), the end (declined, withdrawn), or a
// report, whose effects nobody but who makes it is shown.
enum class StepKind : std::uint8_t { kTerms, kEnd, kReport };
// Takes `actor`'s step: on what they know, which decides whether it is refused, then on the
// homework and on what those know who are not arranged separately from them, where it can be taken.
absl::Status TakeStep(const Actor& actor, const CaseView& view, StepKind kind,
                      const HomeworkChange& change, internal::v1::StoredHomework* stored);

}  // namespace rapport::goals
