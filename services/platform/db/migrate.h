// Migrate: brings a database to the schema that the program was built with, forward only.
//
// A schema is made of components (the platform's records, a service's own tables), each a folder of
// files NNNN_name.sql in the common dialect, embedded in the program by rapport_embed_migrations
// (services/cmake/Migrations.cmake). A file that was released is never changed: what was applied is
// remembered with its SHA-256. Called at start-up, before anything else uses the database.
//
// Two releases may run side by side, so a file does one of three things, as its name says:
//   0007_name.sql            expands: adds what the release before does not look at
//   0008_name.backfill.sql   fills that from what was there: one statement that changes a part of
//                            the rows each time and none when all are done
//   0009_name.contract.sql   takes away what only the release before needed
#pragma once

#include "platform/db/db.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace rapport::db {

enum class Phase { kExpand, kBackfill, kContract };
Phase PhaseOf(std::string_view name);

struct Migration {
  int number;               // 1, 2, ... without a gap
  std::string_view name;    // "0001_keys", "0002_words.backfill"
  std::string_view sha256;  // of the file, lower-case hex
  std::string_view sql;
};

struct MigrationSet {
  std::string_view component;
  std::span<const Migration> steps;  // by number
};

struct MigrateOptions {
  // Also what takes away: no process of an older release runs any more. Without it those files are
  // left for later; nothing that comes after them may rest on them.
  bool contract = false;
};

// Applies what is missing, each file in one transaction with its mark, of a backfill each part in
// one: a process that dies in between goes on where it was. `now_us` is machine time. The number of
// files applied. FAILED_PRECONDITION: the database was made by a newer program, a file was changed
// after it was applied, or a component is not of this program.
absl::StatusOr<int> Migrate(Db& db, std::span<const MigrationSet> sets, std::int64_t now_us,
                            MigrateOptions options = {});

// For a program that may not change the schema: OK when everything was applied that expands or
// fills. What a newer program expanded or filled besides is no hindrance, but what it took away may
// be needed here. FAILED_PRECONDITION: that, or a file is missing, or was changed after it was
// applied, or there is no schema.
absl::Status RequireSchema(Db& db, std::span<const MigrationSet> sets);
// Whether that is because something is missing: `rapport-admin migrate` of this release mends it.
bool IsSchemaMissing(const absl::Status& status);

}  // namespace rapport::db
