// TestDatabase: an empty database with a schema, for the tests of whatever keeps data: a SQLite
// file of its own, or, where the environment says so, a schema of a real PostgreSQL, which the code
// under test uses as a service's role does. One line of a test program's environment runs it on
// another engine:
//
//   RAPPORT_TEST_DATABASE=postgres | postgres-serializable
//   RAPPORT_TEST_FAULTS=SEED   one write in four is undone by the engine and run again; of calls
//                              that are repeated until their outcome is known one write in ten
//                              is of unknown outcome, done or not. Of services as processes
//                              PostgreSQL itself does the like (suite.cc)
//
// Failures throw.
#pragma once

#include "platform/db/migrate.h"
#include "platform/db/open.h"

#include <string>

namespace rapport::support {

enum class TestEngine { kSqlite, kPostgres, kPostgresSerializable };
// What the environment says.
TestEngine EngineOfTests();
// Whether this program's tests run on PostgreSQL.
inline bool OnPostgres() { return EngineOfTests() != TestEngine::kSqlite; }

class TestDatabase {
 public:
  // `path`: of the file on SQLite.
  TestDatabase(TestEngine engine, std::string path, const db::MigrationSet& schema);
  // Nothing may use it any more.
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;

  // Opening again gives the same data. `synchronous`: see SqliteDb::Options.
  db::OpenedDb Open(db::Participant* participant, const std::string& synchronous) const;

 private:
  const TestEngine engine_;
  const std::string path_;
  const db::MigrationSet schema_;
  std::string name_;  // of PostgreSQL's schema
};

}  // namespace rapport::support
