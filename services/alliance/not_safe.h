// That a member said that they are not safe, or answered that it is hardly safe to speak, told to
// intake: a safety screen is due. And that a concern was taken while intake was away, told to
// alliance itself.
#pragma once

#include "platform/records/records.h"
#include "platform/schema/names.h"

#include <rapport/alliance/v1/signal.pb.h>
#include <rapport/internal/v1/event.pb.h>

#include <string>

namespace rapport::alliance {

// A low answer to a safety item; not one that fell and is still fair.
inline bool AnswersHardlySafe(const v1::Signal& signal) {
  return signal.kind() == v1::SIGNAL_KIND_UNSAFE && signal.evidence() == v1::EVIDENCE_STRONG;
}

// `said` by a member of `family` (inner ids); nothing but that is told.
inline void TellSafety(const schema::Names& names, const std::string& family,
                       const internal::v1::NotSafe& said, records::Changes* changes) {
  changes->Emit({.type = internal::v1::EVENT_TYPE_SAFETY_CHANGED,
                 .family = family,
                 .resource = names.Family(family),
                 .version = 0,
                 .body = said.SerializeAsString()});
}

// `member` (an inner id) gave a low answer.
inline void TellLowAnswer(const schema::Names& names, const std::string& family,
                          const std::string& member, records::Changes* changes) {
  internal::v1::NotSafe answered;
  answered.set_member(member);
  answered.set_by_answer(true);
  TellSafety(names, family, answered, changes);
}

}  // namespace rapport::alliance
