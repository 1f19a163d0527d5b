// From files to PostgreSQL and back, by move, backup and restore: the same rows, all or none.
#include "unit/admin/backup_fixture.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>

namespace rapport::admin {
namespace {

namespace fs = std::filesystem;
using support::ChildProcess;
using support::Eventually;
using testing::ElementsAre;
using testing::HasSubstr;

class MoveTest : public BackupFixture {
 protected:
  MoveTest() {
    Write(kAgency, "another", 20);
    Stop();
    MakeSchemas();
  }

  // Whoever wants a row of `table` waits until the object goes.
  class Held {
   public:
    explicit Held(const std::string& table)
        : connection_(PQconnectdb(server().Url("postgres").c_str()), PQfinish) {
      PQclear(PQexec(connection_.get(),
                     Concat({"BEGIN; LOCK TABLE ", table, " IN ACCESS EXCLUSIVE MODE"}).c_str()));
    }

   private:
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  };
  static bool SomebodyWaits() {
    return server().Run(
               "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
               "application_name LIKE 'rapport%'") == std::vector<std::string>{"1"};
  }
  // Starts it, and kills it as soon as it waits for `table`.
  void KillAt(const std::string& table, Words words) {
    const Held held(table);
    ChildProcess child({Admin(std::move(words)), {}, path("killed")});
    ASSERT_TRUE(Eventually([&] { return SomebodyWaits() || !child.Running(); }));
    ASSERT_TRUE(child.Running()) << ReadText(path("killed"));
    child.Signal(SIGKILL);
    child.Wait();
  }
  static std::string Rows(const std::string& table) {
    return server().Run("SELECT CAST(count(*) AS TEXT) FROM " + table).front();
  }
};

TEST_F(MoveTest, CopiesEveryTableAndSaysThatBothAreEqual) {
  const std::string said = Works(MoveOf());
  EXPECT_THAT(said, HasSubstr("notes.record: 26 rows, equal"));
  EXPECT_THAT(said, HasSubstr("notes_keys.family_key:"));
  EXPECT_THAT(Works(VerifyOf(url(), url())), HasSubstr("agency harbour"));
  // Again: nothing happens.
  EXPECT_THAT(Works(MoveOf()), HasSubstr("notes.record: 26 rows, equal"));
  EXPECT_EQ(Rows("notes.record"), "26");
}

// A service on PostgreSQL goes on while it is verified: what the file says when it is read is of
// later lines than the heads that were read first.
TEST_F(MoveTest, WhatAServiceWritesWhileItIsVerifiedIsNoAlarm) {
  Works(MoveOf());
  const std::string head =
      "UPDATE notes.audit_head SET (audit_sequence, mac) = (SELECT sequence, mac FROM notes.audit"
      " WHERE agency_id = 'harbour' ORDER BY sequence DESC LIMIT 1) WHERE agency_id = 'harbour';";
  const std::string cut =
      "DELETE FROM notes.audit WHERE agency_id = 'harbour' AND sequence > 11;" + head;
  const std::string go_on = "INSERT INTO notes.audit SELECT * FROM notes.kept;" + head;
  server().Run(
      "CREATE TABLE notes.kept AS SELECT * FROM notes.audit WHERE agency_id = 'harbour' AND"
      " sequence > 11; DELETE FROM notes.audit_checkpoint WHERE agency_id = 'harbour'");
  Words words = VerifyOf(url(), url());
  words.insert(words.end(), {"--checkpoint-file", path("checkpoints")});
  // Its chain ends at line 11 when its heads are read; then this happens; then it reads the file.
  const auto verify_while = [&](const std::string& statements) {
    server().Run(cut);
    auto held = std::make_optional<Held>("notes.audit_checkpoint");
    ChildProcess verify({Admin(words), {}, path("said")});
    EXPECT_TRUE(Eventually([&] { return SomebodyWaits() || !verify.Running(); }));
    server().Run(statements);
    held.reset();
    return verify.Wait();
  };
  EXPECT_EQ(verify_while("SELECT 1"), 1);
  EXPECT_THAT(ReadText(path("said")), HasSubstr("broken at line 12: lines at its end are missing"));
  EXPECT_EQ(verify_while(go_on), 0) << ReadText(path("said"));
  EXPECT_EQ(verify_while("UPDATE notes.kept SET mac = '\\x00';" + go_on), 1);
  EXPECT_THAT(ReadText(path("said")), HasSubstr("broken at line 12: it was written anew"));
}

TEST_F(MoveTest, ATargetThatHoldsSomethingElseIsRefused) {
  server().Run("INSERT INTO notes.inbox VALUES ('harbour', 'x', 'goals', 1)");
  EXPECT_THAT(Fails(MoveOf()), HasSubstr("notes: is not empty"));
  EXPECT_EQ(Rows("notes.record"), "0");
}

TEST_F(MoveTest, AServiceThatRunsOnItsFilesKeepsThem) {
  Words words = MoveOf();
  words[4] = data();
  words[6] = keys();
  EXPECT_THAT(Fails(words), HasSubstr("another process has the database"));
  EXPECT_EQ(Rows("notes_keys.family_key"), "0");
}

TEST_F(MoveTest, ATargetWithoutASchemaIsRefused) {
  server().Run("DROP TABLE notes.schema_version");
  EXPECT_THAT(Fails(MoveOf()), HasSubstr("notes: has no schema"));
}

TEST_F(MoveTest, KilledInTheMiddleLeavesNoTableHalfAndGoesOnWhenItIsRunAgain) {
  KillAt("notes.record", MoveOf());
  EXPECT_TRUE(Eventually([] { return !SomebodyWaits(); }));
  EXPECT_EQ(Rows("notes.audit"), "0");
  EXPECT_EQ(Rows("notes.answer"), "0");
  EXPECT_NE(Rows("notes_keys.family_key"), "0") << "the keys were there before";
  EXPECT_THAT(Works(MoveOf()), HasSubstr("notes.record: 26 rows, equal"));
  Works(VerifyOf(url(), url()));
}

TEST_F(MoveTest, ABackupOfPostgresHoldsWhatWasMovedThere) {
  const auto of_files = MakeBackup();
  Works(MoveOf());
  KillAt("notes.record", BackupOf(url(), url()));
  EXPECT_EQ(BackupsIn(path("backups")), 1) << "of the files";
  Works(BackupOf(url(), url()));
  const auto of_postgres = Backups();
  ASSERT_NE(of_files, of_postgres);
  EXPECT_EQ(TablesOf(of_files.first), TablesOf(of_postgres.first));
  EXPECT_EQ(TablesOf(of_files.second), TablesOf(of_postgres.second));
  Works(VerifyOf(of_postgres.first, of_postgres.second));
  // It goes back into files as well.
  Works(RestoreOf(of_postgres, path("new.db"), path("new.keys.db")));
  Works(VerifyOf(path("new.db"), path("new.keys.db")));
}

// The one that the manifests give to the backup job: it may read everything, of every agency, and
// change nothing.
TEST_F(MoveTest, ABackupOfPostgresIsMadeByTheRoleForBackups) {
  std::istringstream roles(ReadText(
      Concat({std::getenv("RAPPORT_SOURCE"), "/deploy/kubernetes/components/postgres/roles.sql"})));
  std::string create;
  while (std::getline(roles, create) && !create.starts_with("CREATE ROLE rapport_backup ")) {
  }
  server().Run(create);
  const std::string as_backup = server().Url("rapport_backup");
  const auto of_files = MakeBackup();
  Works(MoveOf());
  Works(BackupOf(as_backup, as_backup));
  const auto backups = Backups();
  Works(VerifyOf(backups.first, backups.second));
  EXPECT_EQ(TablesOf(of_files.first), TablesOf(backups.first));
  EXPECT_EQ(TablesOf(of_files.second), TablesOf(backups.second));
  {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(as_backup.c_str()),
                                                                  PQfinish);
    PGresult* const deleted = PQexec(connection.get(), "DELETE FROM notes.record");
    EXPECT_STREQ(PQresultErrorField(deleted, PG_DIAG_SQLSTATE), "42501");
    PQclear(deleted);
  }
  server().Run("DROP ROLE rapport_backup");
}

// As the job of the manifests does it: one database has the schemas of all of them. One that can't
// be backed up does not keep the others from it.
TEST_F(MoveTest, OneCommandBacksUpSeveralServices) {
  Works(MoveOf());
  Words words = BackupOf(url(), url());
  words.insert(words.begin() + 1, {"--service", "goals"});
  EXPECT_THAT(Fails(words), HasSubstr("goals: has no schema"));
  const auto backups = Backups();
  Works(VerifyOf(backups.first, backups.second));
  words = BackupOf(data(), keys());
  words.insert(words.begin() + 1, {"--service", "goals"});
  EXPECT_THAT(Fails(words), HasSubstr("--service: a file is one service's"));
}

TEST_F(MoveTest, ABackupIsRestoredIntoEmptySchemasOnlyAndAllOrNothing) {
  const auto backups = MakeBackup();
  KillAt("notes.record", RestoreOf(backups, url(), url()));
  EXPECT_TRUE(Eventually([] { return !SomebodyWaits(); }));
  EXPECT_EQ(Rows("notes.audit"), "0");
  Works(RestoreOf(backups, url(), url()));
  Works(VerifyOf(url(), url()));
  const std::string lowest = "SELECT CAST(MIN(outbox_sequence) AS TEXT) FROM notes.audit_head";
  const auto numbers = server().Run(lowest);
  EXPECT_GT(std::stoll(numbers.front()), 1'000'000'000) << "above all that was told before";
  Works(RestoreOf(backups, url(), url()));  // for another replica: nothing changes
  EXPECT_EQ(server().Run(lowest), numbers);
  server().Run("DELETE FROM notes.claim");
  EXPECT_THAT(Fails(RestoreOf(backups, url(), url())), HasSubstr("notes: is not empty"));
}

}  // namespace
}  // namespace rapport::admin
