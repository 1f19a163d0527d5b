// Migrate: brings a database to the schema that the program was built with, forward only.
//
// A schema is made of components (the platform's records, a service's own tables), each a folder of
// files NNNN_name.sql in the common dialect, embedded in the program by rapport_embed_migrations
// (services/cmake/Migrations.cmake). A file that was released is never changed: what was applied is
// remembered with its SHA-256. Called at start-up, before anything else uses the database.
#pragma once

#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace rapport::db {

struct Migration {
  int number;               // 1, 2, ... without a gap
  std::string_view name;    // "0001_keys"
  std::string_view sha256;  // of the file, lower-case hex
  std::string_view sql;
};

struct MigrationSet {
  std::string_view component;
  std::span<const Migration> steps;  // by number
};

// Applies what is missing, each file in one transaction with its mark: a process that dies in
// between goes on where it was. `now_us` is machine time. The number of files applied.
// FAILED_PRECONDITION: the database was made by a newer program, a file was changed after it was
// applied, or a component is not of this program.
absl::StatusOr<int> Migrate(Db& db, std::span<const MigrationSet> sets, std::int64_t now_us);

// For a program that may not change the schema: OK when everything that Migrate would apply was
// applied. What was applied by a newer program besides is no hindrance: a release's migrations only
// add, so that the release before it goes on working beside it. FAILED_PRECONDITION: a file is
// missing, or was changed after it was applied, or there is no schema.
absl::Status RequireSchema(Db& db, std::span<const MigrationSet> sets);

}  // namespace rapport::db
