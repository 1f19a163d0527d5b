// Answers against an instrument: what is wrong with them, and which belong to which target.
//
// Called when a rating arrives, before it is scored. Never stores or logs an answer; a fault names
// the item only. Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"
#include "rapport/alliance/v1/rating.pb.h"

#include <google/protobuf/repeated_ptr_field.h>

#include <cstdint>
#include <vector>

namespace rapport::alliance {

using Answers = google::protobuf::RepeatedPtrField<v1::Answer>;

// What is wrong with one answer.
struct AnswerFault {
  enum class Kind : std::uint8_t {
    kUnknownItem,   // the instrument has no item of this number
    kNotAskedHere,  // the item is asked about another kind of target
    kAnsweredTwice,
    kOffScale,
  };
  int index = 0;  // of the answer
  int item = 0;
  Kind kind = Kind::kUnknownItem;
  friend bool operator==(const AnswerFault&, const AnswerFault&) = default;
};

// The item of this number, or null.
const v1::Item* FindItem(const v1::Instrument& instrument, int number);

// Whether `steps` is an answer of this scale.
bool OnScale(const v1::Scale& scale, std::int64_t steps);

// Every fault, in the order of the answers. `asked` says which part the answers stand in: about one
// target, or about the session as a whole. No answers: no faults.
std::vector<AnswerFault> CheckAnswers(const v1::Instrument& instrument, v1::Asked asked,
                                      const Answers& answers);

// The answers about the target, and those about the session as a whole, each in their order.
// Unknown items go with the target, where CheckAnswers names them.
struct PartedAnswers {
  Answers per_target;
  Answers once;
};
PartedAnswers PartAnswers(const v1::Instrument& instrument, const Answers& answers);

}  // namespace rapport::alliance
