// That a member said that they are not safe, by a concern or by an answer, told to intake: a safety
// screen is due.
#pragma once

#include "platform/records/records.h"
#include "platform/schema/names.h"

#include <rapport/alliance/v1/signal.pb.h>
#include <rapport/internal/v1/event.pb.h>

#include <string>

namespace rapport::alliance {

// A low answer to a safety item; not one that fell and is still fair.
inline bool SaysNotSafe(const v1::Signal& signal) {
  return signal.kind() == v1::SIGNAL_KIND_UNSAFE && signal.evidence() == v1::EVIDENCE_STRONG;
}

// `member` of `family` (inner ids); nothing but that is told.
inline void TellNotSafe(const schema::Names& names, const std::string& family,
                        const std::string& member, records::Changes* changes) {
  internal::v1::NotSafe body;
  body.set_member(member);
  changes->Emit({.type = internal::v1::EVENT_TYPE_SAFETY_CHANGED,
                 .family = family,
                 .resource = names.Family(family),
                 .version = 0,
                 .body = body.SerializeAsString()});
}

}  // namespace rapport::alliance
