#include "platform/schema/held_session.h"

#include <rapport/notes/v1/session.pb.h>

namespace rapport::schema {

bool NobodyCame(const internal::v1::SessionHeld& held) {
  bool nobody = false;
  for (const auto& attendee : held.attendees()) {
    if (attendee.professional()) continue;
    if (attendee.presence() != notes::v1::PRESENCE_ABSENT) return false;
    nobody = true;
  }
  return nobody;
}

}  // namespace rapport::schema
