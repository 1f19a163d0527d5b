// What migrations a database says it has. Read by Migrate and by tools that copy databases.
#pragma once

#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::db {

struct AppliedStep {
  std::string component;
  std::int64_t number = 0;
  std::string name, sha256;  // as in Migration
  friend bool operator==(const AppliedStep&, const AppliedStep&) = default;
};

// By component and number. INTERNAL: there is no such table, or this role may not read it.
absl::StatusOr<std::vector<AppliedStep>> ReadVersions(Db& db);

}  // namespace rapport::db
