// Who does what no caller asked for, for one agency: its rows are all that such work sees on
// PostgreSQL (db/postgres_schema.h), and trails name the actor. Pure.
#pragma once

#include "platform/base/call_context.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace rapport {

// `actor`: "service/notes", or "system" for a process on its own account. It has no role: nothing
// that people may do is done in its name.
inline std::shared_ptr<const Principal> WorkFor(std::string_view agency, std::string actor) {
  return std::make_shared<const Principal>(
      Principal{.agency = std::string(agency), .subject = std::move(actor)});
}

// The call of such work of a service, as if one of its peers made it.
struct AgencyWork : CallContext {
  // `called` (of static storage) names it in trails; it may take `patience`.
  AgencyWork(std::string_view agency, std::string actor, std::string_view called,
             SteadyClock::duration patience) {
    method = called;
    arrived = SteadyClock::now();
    deadline = arrived + patience;
    principal = WorkFor(agency, std::move(actor));
    access.viewer = Viewer::kPeer;
  }
};

}  // namespace rapport
