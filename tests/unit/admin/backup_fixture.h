// What the tests of backup, restore, verify and move share: a service's data as it writes it, in
// files that are in use, its secrets as files, rapport-admin as an operator runs it, and schemas of
// a real PostgreSQL.
#pragma once

#include "platform/audit/checkpointer.h"
#include "platform/base/strings.h"
#include "platform/crypto/erasure_list.h"
#include "platform/db/sqlite_db.h"
#include "platform/db/sqlite_snapshot.h"
#include "support/child_process.h"
#include "support/eventually.h"
#include "support/postgres_server.h"
#include "support/service_store.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rapport::admin {

using support::PostgresServer;
using support::ServiceStore;
using support::TestCall;
using support::TestId;

struct Outcome {
  int code = -1;
  std::string said;
};
using Words = std::vector<std::string>;

class BackupFixture : public testing::Test {
 protected:
  static constexpr char kService[] = "notes";
  static constexpr char kAgency[] = "harbour", kOther[] = "meadow";
  static constexpr int kNote = 1, kPrivate = 3;

  BackupFixture() {
    std::vector<crypto::Secret> keys(1), suite;
    std::copy_n(store_.kek.data(), crypto::Secret::kBytes, keys[0].data());
    suite.push_back(support::SecretOf(kSuite));
    EXPECT_TRUE(crypto::WriteKeyFile(path("kek"), keys).ok());
    EXPECT_TRUE(crypto::WriteKeyFile(path("suite"), suite).ok());
    keys[0] = crypto::NewSecret();
    EXPECT_TRUE(crypto::WriteKeyFile(path("wrong"), keys).ok());
    Write(kAgency, "family", 3);
    Write(kAgency, "other", 2);
    Write(kOther, "family", 1);
    WriteCheckpoints();
  }
  ~BackupFixture() override {
    if (schemas_) server().Run("DROP SCHEMA notes CASCADE; DROP SCHEMA notes_keys CASCADE");
  }

  // Records of a family, each changed once, one of them kept apart.
  void Write(std::string_view agency, std::string_view family, int records) {
    TestCall call(agency, "clinician-1", TestId(family));
    for (int i = 0; i < records; ++i) {
      const std::string number = std::to_string(++written_);
      records::Record record{.kind = kNote,
                             .family = TestId(family),
                             .id = TestId("note " + number),
                             .state = 1,
                             .sort_us = support::kMonday + i,
                             .payload = "words"};
      call.request_id = "request-" + number;
      Commit(call, [&](records::Changes& changes) {
        changes.Create(record);
        changes.Claim("external", number, record);
        changes.Emit({.type = 1, .family = record.family, .version = 1, .body = {}});
      });
      call.request_id.clear();
      record.version = 1;
      Commit(call, [&](records::Changes& changes) {
        records::Record after = record;
        after.payload = "other words";
        changes.Update(record, after);
      });
    }
    Commit(call, [&](records::Changes& changes) {
      changes.Create({.kind = kPrivate,
                      .family = TestId(family),
                      .id = TestId("private " + std::to_string(++written_)),
                      .state = 1,
                      .payload = "kept apart"});
    });
  }
  void WriteCheckpoints() {
    auto checkpointer = audit::Checkpointer::Open(
        {.service = kService, .path = path("checkpoints"), .rows = 1}, *store_.db,
        crypto::SigningKey(store_.suite.Key(crypto::SuiteKey::kCheckpoint, kService)));
    ASSERT_TRUE(checkpointer.ok()) << checkpointer.status();
    TestCall call("", "");
    EXPECT_TRUE(RunSync((*checkpointer)->WriteDue(call, RealMicros())).ok());
  }

  std::string path(std::string_view name) const { return folder_ / name; }
  std::string data() const { return store_.path("data.db"); }
  std::string keys() const { return store_.path("keys.db"); }

  // Files of a stopped service with the same data.
  void Stop() {
    for (const char* name : {"data.db", "keys.db"}) {
      std::filesystem::remove(path(name));
      const absl::Status copied = db::CopySqlite(store_.path(name), path(name));
      ASSERT_TRUE(copied.ok()) << copied;
    }
  }
  // One statement on such a file.
  void Change(std::string_view name, const char* sql) {
    auto db = db::SqliteDb::Open({.path = path(name)});
    ASSERT_TRUE(db.ok()) << db.status();
    std::int64_t changed = 0;
    const absl::Status done = db::RunSync(
        **db,
        [&](db::Tx& tx) -> absl::Status {
          auto rows = tx.Run(sql, {});
          changed = rows.value_or(0);
          return rows.status();
        },
        true);
    ASSERT_TRUE(done.ok()) << done;
    ASSERT_GT(changed, 0) << sql;
  }

  std::int64_t Number(std::string_view name, const char* sql) {
    std::int64_t number = -1;
    auto db = db::SqliteDb::Open({.path = path(name)});
    EXPECT_TRUE(db.ok()) << db.status();
    const absl::Status done = db::RunSync(
        **db,
        [&](db::Tx& tx) {
          return tx.Run(sql, {}, [&](const db::Row& row) { number = row.Int(0); }).status();
        },
        false);
    EXPECT_TRUE(done.ok()) << done;
    return number;
  }

  static Words Admin(Words words) {
    words.insert(words.begin(), std::string(std::getenv("RAPPORT_BIN")) + "/rapport-admin");
    return words;
  }
  Outcome Run(Words words) const {
    const ScratchFolder folder;
    support::ChildProcess child({Admin(std::move(words)), {}, folder / "said"});
    const int code = child.Wait();
    return {code, ReadText(folder / "said")};
  }
  std::string Works(Words words) const {
    const Outcome outcome = Run(std::move(words));
    EXPECT_EQ(outcome.code, 0) << outcome.said;
    return outcome.said;
  }
  std::string Fails(Words words) const {
    const Outcome outcome = Run(std::move(words));
    EXPECT_EQ(outcome.code, 1) << outcome.said;
    return outcome.said;
  }

  Words BackupOf(std::string_view database, std::string_view keys_database) const {
    return {"backup",
            "--service",
            kService,
            "--suite-secret",
            path("suite"),
            "--database",
            std::string(database),
            "--to",
            path("backups"),
            "--keys-database",
            std::string(keys_database),
            "--keys-to",
            path("key-backups")};
  }
  // The two folders of the backup that was made last.
  std::pair<std::string, std::string> Backups() const {
    return {Newest(path("backups")), Newest(path("key-backups"))};
  }
  std::pair<std::string, std::string> MakeBackup() const {
    Works(BackupOf(data(), keys()));
    return Backups();
  }
  Words VerifyOf(std::string_view database, std::string_view keys_database,
                 std::string_view kek = "kek") const {
    return {"verify",
            "--service",
            kService,
            "--suite-secret",
            path("suite"),
            "--kek",
            path(kek),
            "--database",
            std::string(database),
            "--keys-database",
            std::string(keys_database)};
  }
  Words RestoreOf(const std::pair<std::string, std::string>& from, std::string_view database,
                  std::string_view keys_database) const {
    return {"restore",
            "--service",
            kService,
            "--suite-secret",
            path("suite"),
            "--kek",
            path("kek"),
            "--from",
            from.first,
            "--database",
            std::string(database),
            "--keys-from",
            from.second,
            "--keys-database",
            std::string(keys_database),
            "--erasure-list",
            path("erased"),
            "--nothing-was-erased"};
  }
  Words MoveOf() {
    return {"move",
            "--service",
            kService,
            "--database",
            path("data.db"),
            "--keys-database",
            path("keys.db"),
            "--to-database",
            url(),
            "--to-keys-database",
            url()};
  }

  // Rows and sums of every table, as the newest backup's manifest has them.
  static nlohmann::json TablesOf(const std::string& backup) {
    return nlohmann::json::parse(ReadText(backup + "/manifest.json")).at("tables");
  }
  // ... without the heads of the chains, where a restore numbers events anew.
  static nlohmann::json RowsOf(const std::string& backup) {
    nlohmann::json tables = TablesOf(backup);
    tables.erase("audit_head");
    return tables;
  }
  static int EntriesOf(const std::string& folder) {
    int entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      entries += entry.path().filename().string().starts_with(".") ? 0 : 1;
    }
    return entries;
  }
  static int BackupsIn(const std::string& folder) {
    int backups = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename();
      backups += entry.is_directory() && !name.starts_with(".") ? 1 : 0;
    }
    return backups;
  }
  static std::string Newest(const std::string& folder) {
    std::string newest;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path();
      if (!entry.is_directory() || entry.path().filename().string().starts_with(".")) continue;
      newest = std::max(newest, name);
    }
    return newest;
  }

  static PostgresServer& server() { return PostgresServer::Shared(); }
  static std::string url() { return server().Url(PostgresServer::kService); }
  // Empty schemas, as `migrate` makes them.
  void MakeSchemas() {
    server().Run(Concat({"GRANT CREATE ON DATABASE postgres TO ", PostgresServer::kOwner}));
    const std::string owner = server().Url(PostgresServer::kOwner);
    schemas_ = true;
    Works({"migrate", "--service", kService, "--database", owner, "--keys-database", owner,
           "--role", PostgresServer::kService});
  }

  ServiceStore store_{{.service = kService,
                       .suite_secret = kSuite,
                       .key_class =
                           [](int kind) {
                             return kind == kPrivate ? crypto::KeyClass::kPsychotherapy
                                                     : crypto::KeyClass::kRecord;
                           },
                       .engine = support::TestEngine::kSqlite}};

 private:
  static constexpr char kSuite[] = "0123456789abcdef0123456789abcdef";

  template <typename Fill>
  void Commit(CallContext& call, const Fill& fill) {
    records::Changes changes(call, store_.clock.NowMicros());
    fill(changes);
    google::protobuf::StringValue answer;
    answer.set_value("answer");
    const auto done = RunSync(store_.records->Commit(call, std::move(changes), answer));
    ASSERT_TRUE(done.ok()) << done.status();
  }

  const ScratchFolder folder_;
  int written_ = 0;
  bool schemas_ = false;
};

}  // namespace rapport::admin
