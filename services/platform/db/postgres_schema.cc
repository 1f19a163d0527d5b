#include "platform/db/postgres_schema.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/db/run_sync.h"

#include <algorithm>
#include <string>
#include <vector>

namespace rapport::db {
namespace {

constexpr char kSelectSchema[] = "SELECT 1 FROM pg_namespace WHERE CAST(nspname AS TEXT) = $1";
constexpr char kSelectTables[] =
    "SELECT CAST(c.relname AS TEXT), c.relforcerowsecurity FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE CAST(n.nspname AS TEXT) = $1 AND c.relkind = 'r' AND a.attname = 'agency_id'"
    " ORDER BY 1";

// Everything that looks at rows of all agencies in one transaction while a service runs.
constexpr std::string_view kOfAllAgencies[] = {
    "rapport.runtime/Housekeeping",  // which audit chains there are, and how far each is
    "rapport.runtime/EraseAgain",    // which families the keys' database knows as erased
    "rapport-admin/outbox",          // of the installation, by its operator
};

absl::Status CheckName(std::string_view name) {
  const bool fine = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (fine) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Absl(Concat({"a name in the database must be of a-z, 0-9 and '_': ", name})));
}

std::string Quoted(std::string_view name) { return Concat({"\"", name, "\""}); }

absl::Status Script(Db& db, const std::string& statements) {
  return RunSync(db, [&](Tx& tx) { return tx.Script(statements); }, true);
}

struct Table {
  std::string name;
  bool walled;
};

absl::StatusOr<std::vector<Table>> TablesOfAgencies(Db& db, std::string_view schema) {
  std::vector<Table> tables;
  const auto read = [&](Tx& tx) {
    return tx
        .Run(kSelectTables, {schema},
             [&](const Row& row) { tables.push_back({std::string(row.Bytes(0)), row.Bool(1)}); })
        .status();
  };
  RETURN_IF_ERROR(RunSync(db, read, false));
  return tables;
}

// One transaction a table: each waits for those who use that table, and none for two.
absl::Status Wall(Db& db, const std::string& table) {
  const std::string name = Quoted(table);
  const std::string_view own =
      "(agency_id = current_setting('rapport.agency', true)"
      " OR current_setting('rapport.agency', true) = '*')";
  return Script(db, Concat({"ALTER TABLE ", name, " ENABLE ROW LEVEL SECURITY;", "ALTER TABLE ",
                            name, " FORCE ROW LEVEL SECURITY;", "CREATE POLICY agency ON ", name,
                            " USING ", own, " WITH CHECK ", own, ";"}));
}

}  // namespace

absl::StatusOr<std::string_view> AgencyBehindWall(const CallContext& context) {
  if (context.principal != nullptr) return context.principal->agency;
  if (context.method.empty() ||
      std::ranges::find(kOfAllAgencies, context.method) != std::ranges::end(kOfAllAgencies)) {
    return "*";
  }
  return absl::InternalError(Absl(Concat({context.method, " says not of which agency it is"})));
}

absl::Status EnsureSchema(Db& db, std::string_view schema) {
  RETURN_IF_ERROR(CheckName(schema));
  std::int64_t there = 0;
  RETURN_IF_ERROR(RunSync(
      db,
      [&](Tx& tx) {
        return tx.Run(kSelectSchema, {schema}, [&](const Row&) { there = 1; }).status();
      },
      false));
  // Asked first: making it needs a right on the whole database, even where it is there.
  return there == 1 ? absl::OkStatus() : Script(db, Concat({"CREATE SCHEMA ", Quoted(schema)}));
}

absl::Status SecureSchema(Db& db, std::string_view schema, std::string_view service_role) {
  RETURN_IF_ERROR(CheckName(schema));
  RETURN_IF_ERROR(CheckName(service_role));
  ASSIGN_OR_RETURN(const std::vector<Table> tables, TablesOfAgencies(db, schema));
  const std::string role = Quoted(service_role);
  std::string rights = Concat({"GRANT USAGE ON SCHEMA ", Quoted(schema), " TO ", role,
                               "; GRANT SELECT ON schema_version TO ", role, ";"});
  for (const Table& table : tables) {
    if (!table.walled) RETURN_IF_ERROR(Wall(db, table.name));
    rights +=
        Concat({"GRANT SELECT, INSERT, UPDATE, DELETE ON ", Quoted(table.name), " TO ", role, ";"});
  }
  return Script(db, rights);
}

}  // namespace rapport::db
