// What notes' SESSION_HELD says of a session as a whole. Used by services that count sessions.
#pragma once

#include <rapport/internal/v1/event.pb.h>

namespace rapport::schema {

// Everyone of the client system who was invited is recorded as absent: a session that was held by
// mistake is corrected so, and counts for nothing. False while somebody's part is not recorded, and
// of a session that nobody was invited to.
bool NobodyCame(const internal::v1::SessionHeld& held);

}  // namespace rapport::schema
