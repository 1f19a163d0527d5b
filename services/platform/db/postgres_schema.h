// What a schema on PostgreSQL has besides its tables: a second wall between agencies, and a role
// for the service that may read and write rows there and nothing else.
//
// Every table with an agency_id is under row-level security, its owner too: a transaction sees and
// writes rows of the agency that its call or work is of, whatever its statements say; what is of
// all agencies says "*". It is a wall against our mistakes: who speaks SQL as that role can say "*"
// too. Called by `rapport-admin migrate`, whose role owns the schema; a service's role can't.
#pragma once

#include "platform/base/call_context.h"
#include "platform/db/db.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string_view>

namespace rapport::db {

// Makes the schema unless it is there. INVALID_ARGUMENT: a name is not of a-z, 0-9 and '_'.
absl::Status EnsureSchema(Db& db, std::string_view schema);

// After Migrate, each time: new tables get their policy, and `service_role` its rights. Until then
// that role has none on them. INVALID_ARGUMENT as above.
absl::Status SecureSchema(Db& db, std::string_view schema, std::string_view service_role);

// What a transaction of this context says: its principal's agency, or "*" for what
// postgres_schema.cc lists, and for what has no method (a process that starts, `rapport-admin`).
// INTERNAL: a call or a background job that names no agency and is not in the list.
absl::StatusOr<std::string_view> AgencyBehindWall(const CallContext& context);

}  // namespace rapport::db
