// What only an engine of several processes has: a pool, a server that goes and comes back, writes
// that have to be put in order, and commits of which nobody knows.
#include "platform/db/postgres_db.h"

#include "support/chaos_proxy.h"
#include "support/eventually.h"
#include "unit/db/db_harness.h"

#include <atomic>
#include <chrono>

namespace rapport::db {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""s;
using support::Eventually;
using support::PostgresServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kInsert[] = "INSERT INTO item (agency_id, id, number) VALUES ('a', $1, $2)";
constexpr char kNumber[] = "SELECT number FROM item WHERE agency_id = 'a' AND id = $1";
constexpr char kSet[] = "UPDATE item SET number = $2 WHERE agency_id = 'a' AND id = $1";
constexpr char kIncrement[] =
    "UPDATE item SET number = number + 1 WHERE agency_id = 'a' AND id = $1";
constexpr char kSleep[] = "SELECT CAST(pg_sleep(60) AS TEXT)";

struct DeadlineContext : CallContext {
  explicit DeadlineContext(SteadyClock::duration after) { deadline = SteadyClock::now() + after; }
};

class PostgresDbTest : public testing::Test {
 protected:
  void Open(PostgresDb::Options options = {}) { db_ = OpenAnother(std::move(options)); }
  std::unique_ptr<PostgresDb> OpenAnother(PostgresDb::Options options = {}) {
    if (options.url.empty()) options.url = server_.Url(PostgresServer::kOwner);
    options.schema = schema_;
    auto db = PostgresDb::Open(std::move(options));
    if (!db.ok()) throw std::runtime_error(db.status().ToString());
    return *std::move(db);
  }
  void MakeTable() {
    ASSERT_TRUE(Script(*db_,
                       "CREATE TABLE item (agency_id TEXT NOT NULL, id TEXT NOT NULL,"
                       " number BIGINT NOT NULL, PRIMARY KEY (agency_id, id));")
                    .ok());
  }
  absl::Status Do(const char* sql, std::initializer_list<Value> values) {
    return Write(*db_, [&](Tx& tx) { return tx.Run(sql, values).status(); });
  }
  std::int64_t Number(std::string_view id) {
    std::int64_t number = -1;
    const absl::Status status = Read(*db_, [&](Tx& tx) {
      return tx.Run(kNumber, {id}, [&](const Row& row) { number = row.Int(0); }).status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return number;
  }
  // Ends the connections of this schema, as a server does that is shut down.
  void CutConnections() {
    server_.Run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
        " 'rapport " +
        schema_ + "'");
  }

  PostgresServer& server_ = PostgresServer::Shared();
  const std::string schema_ = server_.NewSchema();
  std::unique_ptr<PostgresDb> db_;
};

TEST_F(PostgresDbTest, WhatIsNoUrlIsRefusedWithoutRepeatingIt) {
  const auto db = PostgresDb::Open({.url = "postgres://user:secret@[h/x", .schema = schema_});
  EXPECT_TRUE(absl::IsInvalidArgument(db.status())) << db.status();
  EXPECT_EQ(std::string(db.status().message()).find("secret"), std::string::npos);
}

TEST_F(PostgresDbTest, OverANetworkTheServersCertificateIsVerifiedUnlessTheUrlSaysOtherwise) {
  const std::string url =
      "postgres://rapport_owner@127.0.0.1:" + std::to_string(server_.port()) + "/postgres";
  const auto strict =
      PostgresConnection::Open({.url = url, .schema = schema_}, SteadyClock::now() + 5s);
  EXPECT_TRUE(absl::IsUnavailable(strict.status())) << strict.status();
  Open({.url = server_.TcpUrl(PostgresServer::kOwner)});
  MakeTable();
}

TEST_F(PostgresDbTest, AServerThatIsNotThereIsUnavailableAfterTheCallersPatience) {
  Open({.patience = 200ms});
  MakeTable();
  server_.Stop();
  const auto began = SteadyClock::now();
  EXPECT_EQ(Do(kInsert, {"x", 1}).code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(SteadyClock::now() - began, 5s);
  // Known to be away, nobody waits for it again.
  const auto again = SteadyClock::now();
  EXPECT_EQ(Do(kInsert, {"x", 1}).code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(SteadyClock::now() - again, 200ms);
  EXPECT_TRUE(db_->healthy());
  server_.Start();
  EXPECT_TRUE(Eventually([&] { return Do(kInsert, {"x", 1}).ok(); }));
  EXPECT_EQ(Number("x"), 1);
}

TEST_F(PostgresDbTest, ARestartOfTheServerIsADelay) {
  Open({.patience = 30s});
  MakeTable();
  ASSERT_TRUE(Do(kInsert, {"x", 0}).ok());
  std::atomic<bool> stop{false};
  std::atomic<int> acknowledged{0}, unknown{0}, refused{0};
  std::thread writer([&] {
    while (!stop) {
      const absl::Status status = Do(kIncrement, {"x"});
      ++(status.ok() ? acknowledged : IsCommitUnknown(status) ? unknown : refused);
    }
  });
  for (int round = 0; round < 3; ++round) {
    const int before = acknowledged;
    EXPECT_TRUE(Eventually([&] { return acknowledged > before + 20; }));
    round == 1 ? server_.Kill() : server_.Stop();
    server_.Start();
  }
  const int before = acknowledged;
  EXPECT_TRUE(Eventually([&] { return acknowledged > before + 20; }));
  stop = true;
  writer.join();
  EXPECT_EQ(refused, 0);
  const std::int64_t done = Number("x");
  EXPECT_GE(done, acknowledged);
  EXPECT_LE(done, acknowledged + unknown);
}

TEST_F(PostgresDbTest, AConnectionThatTheServerClosedMeanwhileCostsNobodyAnything) {
  Open({.connections = 2});
  MakeTable();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Do(kInsert, {std::to_string(i), i}).ok());
    CutConnections();
    EXPECT_EQ(Number(std::to_string(i)), i);
    CutConnections();
  }
}

TEST_F(PostgresDbTest, AConnectionLostBeforeCommitIsTriedAgain) {
  Open();
  MakeTable();
  int runs = 0;
  const absl::Status status = Write(*db_, [&](Tx& tx) -> absl::Status {
    auto inserted = tx.Run(kInsert, {"x", 1});
    if (!inserted.ok()) return inserted.status();
    if (++runs == 1) CutConnections();
    return tx.Run(kSet, {"x", 2}).status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Number("x"), 2);
}

TEST_F(PostgresDbTest, ACommitWithoutAnAnswerIsUnknownAndNotRepeated) {
  support::ChaosProxy proxy({.port = 0}, {.port = server_.port()});
  Open({.url = "postgres://rapport_owner@127.0.0.1:" + std::to_string(proxy.port()) +
               "/postgres?sslmode=disable",
        .connections = 2});
  MakeTable();
  const auto committed = [&] { return !server_.Run("SELECT 1 FROM " + schema_ + ".item").empty(); };
  std::thread cutter;
  int runs = 0;
  const absl::Status status = Write(*db_, [&](Tx& tx) -> absl::Status {
    ++runs;
    auto inserted = tx.Run(kInsert, {"x", 1});
    proxy.StallReplies(true);
    cutter = std::thread([&] {
      EXPECT_TRUE(Eventually(committed));
      proxy.Cut();
    });
    return inserted.status();
  });
  cutter.join();
  proxy.StallReplies(false);
  EXPECT_TRUE(IsCommitUnknown(status)) << status;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(db_->stats().unknown, 1u);
  EXPECT_TRUE(db_->healthy());
  EXPECT_EQ(Number("x"), 1);
}

TEST_F(PostgresDbTest, AWarningAtCommitLeavesItUnknown) {
  Open();
  MakeTable();
  ASSERT_TRUE(Script(*db_,
                     "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS"
                     " $$BEGIN RAISE WARNING 'not replicated'; RETURN NEW; END$$;"
                     "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON item"
                     " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn();")
                  .ok());
  EXPECT_TRUE(IsCommitUnknown(Do(kInsert, {"x", 1})));
}

// As CockroachDB and YugabyteDB answer: an error of COMMIT's that says nothing about its outcome.
TEST_F(PostgresDbTest, StatementCompletionUnknownIsUnknownAndSerializationIsTriedAgain) {
  Open();
  MakeTable();
  ASSERT_TRUE(Script(*db_,
                     "CREATE SEQUENCE tries; "
                     "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                     " IF NEW.id = 'unknown' THEN RAISE EXCEPTION USING ERRCODE = '40003'; END IF;"
                     " IF nextval('tries') < 4 THEN RAISE EXCEPTION USING ERRCODE = '40001';"
                     " END IF; RETURN NEW; END$$;"
                     "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON item"
                     " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail();")
                  .ok());
  EXPECT_TRUE(IsCommitUnknown(Do(kInsert, {"unknown", 1})));
  EXPECT_TRUE(Do(kInsert, {"again", 1}).ok());
  EXPECT_EQ(db_->stats().retries, 3u);
  EXPECT_EQ(Number("again"), 1);
}

TEST_F(PostgresDbTest, DeadlockIsSolvedByTryingAgain) {
  Open();
  MakeTable();
  for (const char* id : {"x", "y"}) ASSERT_TRUE(Do(kInsert, {id, 0}).ok());
  std::atomic<int> met{0};
  const auto both = [&](const char* first, const char* second) {
    return Write(*db_, [&](Tx& tx) -> absl::Status {
      auto done = tx.Run(kIncrement, {first});
      if (!done.ok()) return done.status();
      // The first time each waits until the other holds its row, too.
      if (++met <= 2) Eventually([&] { return met >= 2; });
      return tx.Run(kIncrement, {second}).status();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = both("y", "x"); });
  const absl::Status mine = both("x", "y");
  thread.join();
  EXPECT_TRUE(mine.ok() && other.ok()) << mine << other;
  EXPECT_GE(met, 3);
  EXPECT_EQ(Number("x"), 2);
  EXPECT_EQ(Number("y"), 2);
}

// Read-modify-write inside one transaction: only SERIALIZABLE makes it safe, by trying again.
TEST_F(PostgresDbTest, SerializableWritesAreAsIfOneAfterTheOther) {
  Open({.isolation = Isolation::kSerializable});
  MakeTable();
  ASSERT_TRUE(Do(kInsert, {"x", 0}).ok());
  std::atomic<int> failed{0};
  const auto add = [&] {
    for (int i = 0; i < 20; ++i) {
      const absl::Status status = Write(*db_, [&](Tx& tx) -> absl::Status {
        std::int64_t number = 0;
        auto read = tx.Run(kNumber, {"x"}, [&](const Row& row) { number = row.Int(0); });
        if (!read.ok()) return read.status();
        return tx.Run(kSet, {"x", number + 1}).status();
      });
      failed += status.ok() ? 0 : 1;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(add);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(Number("x"), 80);
}

TEST_F(PostgresDbTest, AStatementEndsAtTheCallsDeadlineOnTheServerToo) {
  Open();
  for (const bool write : {true, false}) {
    const auto began = SteadyClock::now();
    const absl::Status status = RunSync(
        *db_, DeadlineContext(300ms), [](Tx& tx) { return tx.Run(kSleep, {}).status(); }, write);
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
    EXPECT_LT(SteadyClock::now() - began, 2s);
  }
  EXPECT_TRUE(Eventually([&] {
    return server_
        .Run(
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60) AS%'"
            " AND state = 'active' AND pid <> pg_backend_pid()")
        .empty();
  }));
}

TEST_F(PostgresDbTest, WhoWaitsForAConnectionWaitsUntilItsDeadline) {
  Open({.connections = 2});
  MakeTable();
  std::atomic<bool> release{false};
  std::vector<std::thread> busy;
  std::atomic<int> running{0};
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back([&] {
      EXPECT_TRUE(Read(*db_, [&](Tx&) {
                    ++running;
                    Eventually([&] { return release.load(); });
                    return absl::OkStatus();
                  }).ok());
    });
  }
  EXPECT_TRUE(Eventually([&] { return running == 2; }));
  bool ran = false;
  const absl::Status status = RunSync(
      *db_, DeadlineContext(100ms),
      [&](Tx&) {
        ran = true;
        return absl::OkStatus();
      },
      true);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(ran);
  EXPECT_EQ(db_->stats().expired, 1u);
  release = true;
  for (std::thread& thread : busy) thread.join();
}

TEST_F(PostgresDbTest, SaysHowLongWorkWaitedForAConnection) {
  Open({.connections = 2});
  MakeTable();
  std::atomic<int> running{0};
  std::atomic<bool> release{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      EXPECT_TRUE(Read(*db_, [&](Tx&) {
                    ++running;
                    Eventually([&] { return release.load(); });
                    return absl::OkStatus();
                  }).ok());
    });
  }
  EXPECT_TRUE(Eventually([&] { return running == 2; }));
  db_->LeastWait();
  threads.emplace_back([&] { EXPECT_TRUE(Do(kInsert, {"x", 0}).ok()); });
  EXPECT_TRUE(Eventually([&] { return db_->stats().queued == 1; }));
  const auto queued = SteadyClock::now();
  const auto released = SteadyClock::now();
  release = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(db_->LeastWait(), released - queued);
  EXPECT_EQ(db_->LeastWait(), 0ns) << "nothing came since";
}

TEST_F(PostgresDbTest, WritesThatWaitForEachOtherLeaveReadersAConnection) {
  Open({.connections = 4});
  MakeTable();
  ASSERT_TRUE(Do(kInsert, {"x", 0}).ok());
  auto other = OpenAnother({.connections = 2});
  std::atomic<bool> held{false}, release{false};
  std::thread holder([&] {
    EXPECT_TRUE(Write(*other, [&](Tx& tx) -> absl::Status {
                  auto done = tx.Run(kIncrement, {"x"});
                  held = true;
                  Eventually([&] { return release.load(); });
                  return done.status();
                }).ok());
  });
  EXPECT_TRUE(Eventually([&] { return held.load(); }));
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] { EXPECT_TRUE(Do(kIncrement, {"x"}).ok()); });
  }
  EXPECT_TRUE(Eventually([&] { return db_->stats().queued >= 5; }));
  EXPECT_EQ(Number("x"), 0);
  release = true;
  holder.join();
  for (std::thread& thread : writers) thread.join();
  EXPECT_EQ(Number("x"), 9);
}

TEST_F(PostgresDbTest, AServerThatStandsStillIsGivenUpAfterTheDeadline) {
  Open({.connections = 2});
  MakeTable();
  server_.Suspend();
  const auto began = SteadyClock::now();
  const absl::Status status = RunSync(
      *db_, DeadlineContext(200ms), [](Tx& tx) { return tx.Run(kNumber, {"x"}).status(); }, false);
  EXPECT_FALSE(status.ok());
  EXPECT_LT(SteadyClock::now() - began, 5s);
  server_.Resume();
  EXPECT_EQ(Number("x"), -1);
}

TEST_F(PostgresDbTest, BeforeCommitIsPartOfTheTransactionAndRollbackIsTold) {
  struct Recorder final : Participant {
    void OnSavepoint() override { ++savepoints; }
    void OnRollback() override { ++rollbacks; }
    absl::Status BeforeCommit(Tx& tx) override {
      return tx.Run(kInsert, {"mark " + std::to_string(++commits), 1}).status();
    }
    int savepoints = 0, rollbacks = 0, commits = 0;
  } recorder;
  Open({.participant = &recorder, .connections = 2});
  ASSERT_TRUE(Write(*OpenAnother(), [](Tx& tx) {
                return tx.Script(
                    "CREATE TABLE item (agency_id TEXT NOT NULL, id TEXT NOT NULL,"
                    " number BIGINT NOT NULL, PRIMARY KEY (agency_id, id));");
              }).ok());
  EXPECT_TRUE(Do(kInsert, {"x", 1}).ok());
  EXPECT_FALSE(Write(*db_, [](Tx&) { return absl::CancelledError(); }).ok());
  EXPECT_EQ(Do(kInsert, {"mark 2", 1}).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Number("mark 1"), 1);
  EXPECT_EQ(Number("mark 2"), -1);
  EXPECT_EQ(recorder.savepoints, 3);
  EXPECT_EQ(recorder.rollbacks, 2);
  EXPECT_EQ(recorder.commits, 2);
}

}  // namespace
}  // namespace rapport::db
