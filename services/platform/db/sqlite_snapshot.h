// SQLite files as copies: taken of a database that is in use, and read without being changed.
#pragma once

#include "platform/db/db.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>

namespace rapport::db {

// Copies the database `from` as one moment's readers see it, by SQLite's online backup; whoever has
// it open goes on reading and writing meanwhile. `to`, which must not be there, becomes one file
// without a log beside it, for its owner only, and is durable when this returns. UNAVAILABLE: a
// file can't be opened, read or written. DATA_LOSS: `from` is damaged, or no database.
absl::Status CopySqlite(const std::string& from, const std::string& to);

// Reads a file that nobody changes. Takes no lock and makes no file beside it, so it may be where
// nothing can be written. Writing is refused. Not thread-safe. Outcomes as SqliteDb::Open.
absl::StatusOr<std::unique_ptr<Db>> OpenSnapshot(const std::string& path);

}  // namespace rapport::db
