// What a schema on PostgreSQL has besides its tables: a second wall between agencies, and a role
// for the service that may read and write rows there and nothing else.
//
// Every table with an agency_id is under row-level security, its owner too: a transaction sees and
// writes rows of the agency that its call is of, whatever its statements say; work of no agency's
// (deliveries, checkpoints, keys) says "*" (PostgresSession). It is a wall against our mistakes:
// who speaks SQL as that role can say "*" too. Called by `rapport-admin migrate`, whose role owns
// the schema; a service's role can't.
#pragma once

#include "platform/db/db.h"

#include <string_view>

namespace rapport::db {

// Makes the schema unless it is there. INVALID_ARGUMENT: a name is not of a-z, 0-9 and '_'.
absl::Status EnsureSchema(Db& db, std::string_view schema);

// After Migrate, each time: new tables get their policy, and `service_role` its rights. Until then
// that role has none on them. INVALID_ARGUMENT as above.
absl::Status SecureSchema(Db& db, std::string_view schema, std::string_view service_role);

}  // namespace rapport::db
