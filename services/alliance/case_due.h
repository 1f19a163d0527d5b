// What a case itself waits for, as intake's list of families says: its conditions after an opening
// in an emergency, and that its level of need is assessed. Value type, pure.
#pragma once

#include "platform/schema/times.h"

#include <rapport/intake/v1/family.pb.h>

#include <cstdint>

namespace rapport::alliance {

// Microseconds; 0: no such thing.
struct CaseDue {
  std::int64_t emergency_us = 0;       // opened then, and its conditions are not met yet
  std::int64_t emergency_ends_us = 0;  // on hold from then on, unless they are met
  std::int64_t assessment_us = 0;      // due from then on; also in the future
};

inline CaseDue DueOf(const intake::v1::Family& family) {
  CaseDue due;
  const bool opened = family.state() == intake::v1::FAMILY_STATE_OPEN ||
                      family.state() == intake::v1::FAMILY_STATE_ON_HOLD;
  if (opened && family.has_emergency() && !family.emergency().has_settle_time()) {
    due.emergency_us = schema::ToMicros(family.emergency().start_time());
    due.emergency_ends_us = schema::ToMicros(family.emergency().expire_time());
  }
  if (family.has_reassessment_due_time()) {
    due.assessment_us = schema::ToMicros(family.reassessment_due_time());
  }
  return due;
}

}  // namespace rapport::alliance
