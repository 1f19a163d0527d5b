// Tables: what a schema's tables are, read from the migrations it is made by. The dialect of those
// is narrow (DECISIONS 9), so one reading holds for every engine, and whoever copies or compares
// whole databases needs no engine's catalogue. Pure.
#pragma once

#include "platform/db/migrate.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace rapport::db {

struct Column {
  enum class Type : std::uint8_t { kNumber, kText, kBytes };  // BOOLEAN is a number
  std::string name;
  Type type = Type::kNumber;
  friend bool operator==(const Column&, const Column&) = default;
};

struct Table {
  std::string name;
  std::vector<Column> columns;
  std::vector<int> key;  // of the primary key, indexes into `columns`
  friend bool operator==(const Table&, const Table&) = default;
};

// After those migrations of `set` that have these numbers, by name. INTERNAL: a statement was not
// understood.
absl::StatusOr<std::vector<Table>> TablesOf(const MigrationSet& set,
                                            const std::set<std::int64_t>& applied);

}  // namespace rapport::db
