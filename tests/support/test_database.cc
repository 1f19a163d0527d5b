#include "support/test_database.h"

#include "platform/base/clock.h"
#include "platform/db/postgres_db.h"
#include "platform/db/postgres_schema.h"
#include "platform/db/sqlite_db.h"
#include "support/faulty_db.h"
#include "support/postgres_server.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::support {
namespace {

std::string_view Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

// Making a schema takes a hundred times as long as emptying one.
std::vector<std::string>& Spare(std::string_view component) {
  static std::map<std::string, std::vector<std::string>, std::less<>> spare;
  return spare[std::string(component)];
}

std::string MakeSchema(const db::MigrationSet& schema) {
  PostgresServer& server = PostgresServer::Shared();
  const std::string name = server.NewSchema();
  auto owner = db::PostgresDb::Open({.url = server.Url(PostgresServer::kOwner), .schema = name});
  Check(owner.status());
  Check(db::Migrate(**owner, {&schema, 1}, RealMicros()).status());
  Check(db::SecureSchema(**owner, name, PostgresServer::kService));
  return name;
}

void Empty(const std::string& name) {
  const PostgresServer& server = PostgresServer::Shared();
  std::string all;
  for (const std::string& table :
       server.Run("SELECT tablename FROM pg_tables WHERE schemaname = '" + name +
                  "' AND tablename <> 'schema_version'")) {
    all += "DELETE FROM " + name + "." + table + ";";
  }
  server.Run(all);
}

db::OpenedDb WithFaults(db::OpenedDb opened) {
  const std::string_view seed = Variable("RAPPORT_TEST_FAULTS");
  if (seed.empty()) return opened;
  opened.db = std::make_unique<FaultyDb>(
      std::move(opened.db),
      FaultyDb::Options{.seed = static_cast<unsigned>(std::stoul(std::string(seed))),
                        .again = 0.25,
                        .lost_reply = 0.05,
                        .lost = 0.05,
                        .lost_of_repeated = true});
  return opened;
}

}  // namespace

TestEngine EngineOfTests() {
  const std::string_view said = Variable("RAPPORT_TEST_DATABASE");
  if (said.empty() || said == "sqlite") return TestEngine::kSqlite;
  if (said == "postgres") return TestEngine::kPostgres;
  if (said == "postgres-serializable") return TestEngine::kPostgresSerializable;
  throw std::runtime_error("RAPPORT_TEST_DATABASE names no engine");
}

TestDatabase::TestDatabase(TestEngine engine, std::string path, const db::MigrationSet& schema)
    : engine_(engine), path_(std::move(path)), schema_(schema) {
  if (engine_ == TestEngine::kSqlite) return;
  std::vector<std::string>& spare = Spare(schema.component);
  if (spare.empty()) spare.push_back(MakeSchema(schema));
  name_ = std::move(spare.back());
  spare.pop_back();
}

TestDatabase::~TestDatabase() {
  if (name_.empty()) return;
  Empty(name_);
  Spare(schema_.component).push_back(name_);
}

db::OpenedDb TestDatabase::Open(db::Participant* participant,
                                const std::string& synchronous) const {
  if (engine_ == TestEngine::kSqlite) {
    auto opened =
        db::SqliteDb::Open({.path = path_, .participant = participant, .synchronous = synchronous});
    Check(opened.status());
    db::OpenedDb sqlite = db::Describe(*std::move(opened));
    Check(db::Migrate(*sqlite.db, {&schema_, 1}, RealMicros()).status());
    return WithFaults(std::move(sqlite));
  }
  std::string url = PostgresServer::Shared().Url(PostgresServer::kService);
  if (synchronous == "OFF") url += "&options=-csynchronous_commit%3Doff";
  auto opened = db::Open({.where = std::move(url),
                          .schema = name_,
                          .participant = participant,
                          .isolation = engine_ == TestEngine::kPostgresSerializable
                                           ? db::Isolation::kSerializable
                                           : db::Isolation::kReadCommitted,
                          .connections = 4});
  Check(opened.status());
  return WithFaults(*std::move(opened));
}

}  // namespace rapport::support
