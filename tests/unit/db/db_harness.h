// What the tests of the database share: the engines that must behave alike, a fixture over them,
// and coroutines on several threads that a test waits for.
#pragma once

#include "platform/base/executor.h"
#include "platform/base/strings.h"
#include "platform/base/task.h"
#include "platform/db/postgres_db.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"
#include "support/coroutines.h"
#include "support/postgres_server.h"
#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rapport::db {

// An empty database of one engine. Opening again gives the same data.
class Engine {
 public:
  struct Options {
    Participant* participant = nullptr;
    std::size_t max_batch = 512;
  };
  virtual ~Engine() = default;
  virtual std::unique_ptr<Db> Open(const Options& options) = 0;
};

class SqliteEngine final : public Engine {
 public:
  std::unique_ptr<Db> Open(const Options& options) override {
    auto db = SqliteDb::Open({.path = folder_ / "test.db",
                              .participant = options.participant,
                              .max_batch = options.max_batch});
    if (!db.ok()) throw std::runtime_error(db.status().ToString());
    return *std::move(db);
  }

 private:
  ScratchFolder folder_;
};

// A schema of its own on the program's server, as the role that owns it.
template <Isolation isolation>
class PostgresEngine final : public Engine {
 public:
  std::unique_ptr<Db> Open(const Options& options) override {
    auto db = PostgresDb::Open({.url = server_.Url(support::PostgresServer::kOwner),
                                .schema = schema_,
                                .participant = options.participant,
                                .isolation = isolation});
    if (!db.ok()) throw std::runtime_error(db.status().ToString());
    return *std::move(db);
  }

 private:
  support::PostgresServer& server_ = support::PostgresServer::Shared();
  const std::string schema_ = server_.NewSchema();
};

struct NamedEngine {
  const char* name;
  std::unique_ptr<Engine> (*make)();
};

// Every engine passes the same tests: one line here is what a new one adds to them.
inline const NamedEngine kEngines[] = {
    {"Sqlite", [] { return std::unique_ptr<Engine>(new SqliteEngine()); }},
    {"Postgres",
     [] { return std::unique_ptr<Engine>(new PostgresEngine<Isolation::kReadCommitted>()); }},
    {"PostgresSerializable",
     [] { return std::unique_ptr<Engine>(new PostgresEngine<Isolation::kSerializable>()); }},
};

inline absl::Status Write(Db& db, Db::Work work) { return RunSync(db, work, true); }
inline absl::Status Read(Db& db, Db::Work work) { return RunSync(db, work, false); }
inline absl::Status Script(Db& db, std::string_view statements) {
  return Write(db, [&](Tx& tx) { return tx.Script(statements); });
}

// A context whose call waits long enough for any test.
struct PatientContext : CallContext {
  PatientContext() { deadline = SteadyClock::now() + std::chrono::minutes(1); }
};

class EngineTest : public testing::TestWithParam<NamedEngine> {
 protected:
  void SetUp() override { Reopen({}); }
  void Reopen(const Engine::Options& options) {
    db_.reset();
    db_ = engine_->Open(options);
  }
  Db& db() { return *db_; }

  // One text per row, its columns joined by '|'; `columns` are all text or bytes.
  std::vector<std::string> Rows(const char* sql, std::initializer_list<Value> values = {},
                                int columns = 1) {
    std::vector<std::string> rows;
    const absl::Status status = Read(*db_, [&](Tx& tx) {
      return tx
          .Run(sql, values,
               [&](const Row& row) {
                 std::string text(row.Bytes(0));
                 for (int i = 1; i < columns; ++i) text += "|" + std::string(row.Bytes(i));
                 rows.push_back(text);
               })
          .status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }
  std::int64_t Number(const char* sql, std::initializer_list<Value> values = {}) {
    std::int64_t number = 0;
    const absl::Status status = Read(*db_, [&](Tx& tx) {
      return tx.Run(sql, values, [&](const Row& row) { number = row.Int(0); }).status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return number;
  }
  // One statement as a transaction of its own.
  absl::Status Do(const char* sql, std::initializer_list<Value> values = {}) {
    return Write(*db_, [&](Tx& tx) { return tx.Run(sql, values).status(); });
  }

 private:
  std::unique_ptr<Engine> engine_ = GetParam().make();
  std::unique_ptr<Db> db_;
};

#define RAPPORT_ON_EVERY_ENGINE(Suite)                             \
  INSTANTIATE_TEST_SUITE_P(On, Suite, testing::ValuesIn(kEngines), \
                           [](const auto& engine) { return engine.param.name; })

using support::Coroutines;

}  // namespace rapport::db
