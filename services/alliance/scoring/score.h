// Scores of one part of a rating, exactly as the instrument's definition says.
//
// Called when a rating is recorded, and again whenever it is shown to have the same numbers. Items
// are added as whole steps and divided once, so that a score of items does not depend on the order
// of the answers, down to the last bit; composites are added in the order of their definition.
// Never rounds: writing numbers down is the caller's. Pure, thread-safe.
#pragma once

#include "alliance/scoring/answers.h"
#include "alliance/scoring/error.h"

#include <google/protobuf/repeated_ptr_field.h>

#include <optional>
#include <string_view>

namespace rapport::alliance {

using Scores = google::protobuf::RepeatedPtrField<v1::Score>;

// What must be known of the rating beside its answers.
struct ScoringContext {
  int rater_age_years = kAgeUnknown;  // at the session
  // Homework with the rater as a doer was agreed when the session was held; without it the items
  // that need it take part in no score, answered or not.
  bool homework_agreed = false;
};

// One score for each definition of the instrument that is about this kind of part, in their order;
// one with too few answers has no value. Answers that CheckAnswers would refuse count as missing.
// The instrument is one that CheckInstrument has nothing against.
Scores ScorePart(const v1::Instrument& instrument, v1::Asked asked, const Answers& answers,
                 const ScoringContext& context);

// The definition of this code, or null.
const v1::ScoreDefinition* FindScore(const v1::Instrument& instrument, std::string_view code);

// The first definition on these two axes, or null: what the map and the signals read.
const v1::ScoreDefinition* FindScore(const v1::Instrument& instrument, v1::Content content,
                                     v1::Interpersonal interpersonal);

// Which part a score belongs to: that of its items, through its components.
v1::Asked AskedOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition);

// The ends of a score, when every item is answered at the ends of the scale.
struct ScoreRange {
  double lowest = 0;
  double highest = 0;
};
ScoreRange RangeOf(const v1::Instrument& instrument, const v1::ScoreDefinition& definition);

// The score of this code among `scores`, or null.
const v1::Score* FindScored(const Scores& scores, std::string_view code);

}  // namespace rapport::alliance
