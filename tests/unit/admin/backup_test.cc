// Backups of a running service: whole, of one moment, verified, and put back into an empty system
// only, where what was erased stays erased.
#include "unit/admin/backup_fixture.h"

#include <atomic>
#include <thread>

namespace rapport::admin {
namespace {

namespace fs = std::filesystem;
using audit::Checkpoint;
using support::ChildProcess;
using support::Eventually;
using testing::HasSubstr;
using testing::Not;

class BackupTest : public BackupFixture {
 protected:
  // A file of a backup with one byte of it changed.
  static void Flip(const std::string& file, std::size_t at) {
    std::string bytes = ReadText(file);
    bytes.at(at) ^= 1;
    WriteText(file, bytes);
  }
};

TEST_F(BackupTest, OfARunningServiceVerifiesAndSaysWithCountsWhatWasVerified) {
  const auto [data_backup, keys_backup] = MakeBackup();
  const std::string said = Works(VerifyOf(data_backup, keys_backup));
  EXPECT_THAT(said, HasSubstr("tables with"));
  EXPECT_THAT(said, HasSubstr("agency harbour: 12 audit lines hold"));
  EXPECT_THAT(said, HasSubstr("agency meadow: 3 audit lines hold"));
  EXPECT_THAT(said, HasSubstr("opened 9 records, 6 superseded versions, 6 answers, 6 events, 15 "
                              "audit lines of 2 agencies"));
  for (const std::string& backup : {data_backup, keys_backup}) {
    EXPECT_EQ(fs::status(backup).permissions(), fs::perms::owner_all);
    EXPECT_EQ(EntriesOf(backup), 2) << "a file and a manifest";
  }
}

TEST_F(BackupTest, IsOfOneMomentWhateverIsWrittenMeanwhile) {
  Write(kAgency, "large", 300);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    while (!done) Write(kAgency, "busy", 1);
  });
  for (int i = 0; i < 3; ++i) {
    const auto [data_backup, keys_backup] = MakeBackup();
    Works(VerifyOf(data_backup, keys_backup));
  }
  done = true;
  writer.join();
}

TEST_F(BackupTest, RestoredHoldsTheSameRowsAndIsInUseByAServiceAfterwards) {
  Write(kAgency, "large", 600);  // more than are read at a time
  const auto backups = MakeBackup();
  const std::string said = Works(RestoreOf(backups, path("new.db"), path("new.keys.db")));
  EXPECT_THAT(said, HasSubstr("data restored"));
  Works(VerifyOf(path("new.db"), path("new.keys.db")));
  Works(BackupOf(path("new.db"), path("new.keys.db")));
  EXPECT_EQ(RowsOf(backups.first), RowsOf(Backups().first));
  EXPECT_EQ(TablesOf(backups.second), TablesOf(Backups().second));
  EXPECT_EQ(TablesOf(backups.first).at("record").at("rows"), 606);
}

// The others have seen the numbers of what is lost, and drop whatever is not above them.
TEST_F(BackupTest, RestoredNumbersEventsAnewAndSaysWhoHasToTellAgain) {
  const auto backups = MakeBackup();
  Write(kAgency, "lost", 20);
  Write("newcomer", "lost", 3);
  const auto keys_of_later = MakeBackup().second;
  const Words restore =
      RestoreOf({backups.first, keys_of_later}, path("new.db"), path("new.keys.db"));
  const std::string said = Works(restore);
  for (const char* other : {"intake", "goals", "alliance"}) {
    EXPECT_THAT(said, HasSubstr(Concat({"rapport-admin outbox again --service ", other,
                                        " --destination notes"})));
  }
  EXPECT_THAT(said, Not(HasSubstr("again --service notes")));
  const char kLowest[] = "SELECT MIN(outbox_sequence) FROM audit_head";
  const std::int64_t lowest = Number("new.db", kLowest);
  EXPECT_GT(lowest, 1'000'000'000) << "of every agency";
  EXPECT_EQ(Number("new.db", "SELECT COUNT(*) FROM audit_head"), 3)
      << "of one it does not know too";
  // For another replica: nothing changes.
  Works(restore);
  EXPECT_EQ(Number("new.db", kLowest), lowest);
  Works(VerifyOf(path("new.db"), path("new.keys.db")));
}

TEST_F(BackupTest, ACopyOfABackupThatNumbersEventsAsBeforeIsNotRestored) {
  const auto backups = MakeBackup();
  fs::copy_file(backups.first + "/data.db", path("new.db"));
  EXPECT_THAT(Fails(RestoreOf(backups, path("new.db"), path("new.keys.db"))),
              HasSubstr("is there already"));
}

TEST_F(BackupTest, IsRestoredIntoAnEmptySystemOnly) {
  const auto backups = MakeBackup();
  Stop();
  const std::string before = ReadText(path("data.db"));
  Change("data.db", "DELETE FROM claim");
  EXPECT_THAT(Fails(RestoreOf(backups, path("data.db"), path("new.keys.db"))),
              HasSubstr("is there already"));
  // Left of another database.
  WriteText(path("new.db-wal"), "x");
  EXPECT_THAT(Fails(RestoreOf(backups, path("new.db"), path("other.keys.db"))),
              HasSubstr("is there already"));
  EXPECT_FALSE(fs::exists(path("new.db")));
}

TEST_F(BackupTest, AChangedBackupIsRefused) {
  const auto backups = MakeBackup();
  const auto& [data_backup, keys_backup] = backups;
  const std::string file = data_backup + "/data.db", manifest = data_backup + "/manifest.json";
  const std::string good = ReadText(file), said = ReadText(manifest);
  for (const std::size_t at : {std::size_t{100}, good.size() / 2, good.size() - 1}) {
    Flip(file, at);
    EXPECT_THAT(Fails(VerifyOf(data_backup, keys_backup)), HasSubstr("is not the file"));
    EXPECT_THAT(Fails(RestoreOf(backups, path("new.db"), path("new.keys.db"))),
                HasSubstr("is not the file"));
    WriteText(file, good);
  }
  std::string other = said;
  const std::size_t rows = other.find("\"rows\": ");
  other[rows + 8] = other[rows + 8] == '9' ? '8' : '9';
  WriteText(manifest, other);
  EXPECT_THAT(Fails(VerifyOf(data_backup, keys_backup)), HasSubstr("manifest is damaged"));
  fs::remove(manifest);
  EXPECT_THAT(Fails(VerifyOf(data_backup, keys_backup)), HasSubstr("no complete backup"));
  WriteText(manifest, said);
  Works(VerifyOf(data_backup, keys_backup));
  EXPECT_FALSE(fs::exists(path("new.db")) || fs::exists(path("new.keys.db")));
}

TEST_F(BackupTest, ABackupOfSomethingElseIsRefused) {
  const auto [data_backup, keys_backup] = MakeBackup();
  EXPECT_THAT(Fails(VerifyOf(keys_backup, data_backup)), HasSubstr("is of notes's keys"));
  Words other = VerifyOf(data_backup, keys_backup);
  other[2] = "goals";
  EXPECT_THAT(Fails(other), HasSubstr("is of notes's data"));
  other = VerifyOf(data_backup, keys_backup);
  other[4] = path("wrong");
  EXPECT_THAT(Fails(other), HasSubstr("of another suite"));
}

TEST_F(BackupTest, KeysThatDoNotFitAreFound) {
  const auto before = MakeBackup();
  Write(kAgency, "later", 2);
  const auto after = MakeBackup();
  EXPECT_THAT(Fails(VerifyOf(after.first, after.second, "wrong")), HasSubstr("harbour"));
  // Keys from before a family was: its records would be lost.
  const std::string said = Fails(VerifyOf(after.first, before.second));
  EXPECT_THAT(said, HasSubstr("rows do not open, the first in record"));
  Works(VerifyOf(before.first, after.second));
}

TEST_F(BackupTest, KeysLieApartAndGoAfterSevenDays) {
  Words together = BackupOf(data(), keys());
  together.back() = path("backups");
  EXPECT_THAT(Fails(together), HasSubstr("another folder"));
  for (const char* old :
       {"notes-keys-20200101T000000.000000Z", "notes-data-20200101T000000.000000Z",
        "goals-keys-20200101T000000.000000Z"}) {
    fs::create_directories(path("key-backups") + "/" + old);
  }
  EXPECT_THAT(Works(BackupOf(data(), keys())), HasSubstr("deleted 1 older than 7 days"));
  EXPECT_EQ(EntriesOf(path("key-backups")), 3) << "what is another's stays";
}

TEST_F(BackupTest, TheErasureListIsInNoBackupAndIsAskedForByARestore) {
  const auto backups = MakeBackup();
  Words words = RestoreOf(backups, path("new.db"), path("new.keys.db"));
  words.pop_back();  // --nothing-was-erased
  EXPECT_THAT(Fails(words), HasSubstr("names the families that were erased"));
  EXPECT_FALSE(fs::exists(path("new.db")) || fs::exists(path("new.keys.db")));
}

TEST_F(BackupTest, AFamilyThatWasErasedSinceHasNoKeyAfterARestore) {
  const auto backups = MakeBackup();
  auto list = crypto::ErasureList::Open({path("erased")}, store_.suite);
  ASSERT_TRUE(list.ok() && (*list)->Add(kAgency, TestId("family"), RealMicros()).ok());
  EXPECT_THAT(Works(RestoreOf(backups, path("new.db"), path("new.keys.db"))),
              HasSubstr("1 families are on the list of erased ones; keys of 1 had come back"));
  EXPECT_THAT(Works(VerifyOf(path("new.db"), path("new.keys.db"))),
              // 3 notes of two versions and their answers, one note kept apart
              HasSubstr("10 rows of erased families stay closed"));
}

// The volumes of replicas may lie where those of backups can't be attached.
TEST_F(BackupTest, AReplicaErasesAndPutsAsideWhereItCannotReadTheBackups) {
  const auto backups = MakeBackup();
  Write("cliff", "family", 1);  // an agency that came afterwards
  WriteCheckpoints();
  auto list = crypto::ErasureList::Open({path("erased")}, store_.suite);
  ASSERT_TRUE(list.ok() && (*list)->Add(kAgency, TestId("family"), RealMicros()).ok());
  Words words = RestoreOf(backups, path("new.db"), path("new.keys.db"));
  words.resize(words.size() - 3);  // --erasure-list PATH --nothing-was-erased
  EXPECT_EQ(Run(words).code, 106) << "of lists nothing is said";
  words.push_back("--replicas-follow");
  EXPECT_THAT(Works(words), HasSubstr("0 families are on the list of erased ones"));
  const Words replica = {"restore",         "--service",         kService,
                         "--suite-secret",  path("suite"),       "--kek",
                         path("kek"),       "--database",        path("new.db"),
                         "--keys-database", path("new.keys.db"), "--erasure-list",
                         path("erased"),    "--checkpoint-file", path("checkpoints")};
  const std::string said = Works(replica);
  EXPECT_THAT(said,
              HasSubstr("1 families are on the list of erased ones; keys of 1 had come back"));
  EXPECT_THAT(said, HasSubstr("knows of more than this backup and was put aside"));
  EXPECT_THAT(said, Not(HasSubstr("outbox again"))) << "which the restore said";
  EXPECT_FALSE(fs::exists(path("checkpoints")));
  EXPECT_THAT(Works(VerifyOf(path("new.db"), path("new.keys.db"))),
              HasSubstr("10 rows of erased families stay closed"));
  EXPECT_GT(Number("new.db", "SELECT outbox_sequence FROM audit_head WHERE agency_id = 'cliff'"), 1)
      << "it numbers events anew, too";
  EXPECT_THAT(Works(replica), HasSubstr("keys of 0 had come back"));
}

// The keys' database says what was erased; backups carry it on after the keys' own are deleted.
TEST_F(BackupTest, ErasuresAreCarriedBesideTheBackupsOfTheKeys) {
  const auto before = MakeBackup();
  TestCall call(kAgency, "system");
  ASSERT_TRUE(RunSync(store_.keys->Destroy(call, kAgency, TestId("family"))).ok());
  MakeBackup();
  EXPECT_TRUE(fs::exists(path("key-backups/notes.erased")));
  EXPECT_THAT(Works(RestoreOf(before, path("new.db"), path("new.keys.db"))),
              HasSubstr("1 families are on the list of erased ones; keys of 1 had come back"));
  EXPECT_EQ(ReadText(path("erased")), ReadText(path("key-backups/notes.erased")))
      << "the service finds it at its start";
}

// A restore may not write where backups lie, whatever a killed one left there.
TEST_F(BackupTest, AnErasureThatAKilledBackupWasCarryingIsReadWhereItLies) {
  const auto before = MakeBackup();
  TestCall call(kAgency, "system");
  ASSERT_TRUE(RunSync(store_.keys->Destroy(call, kAgency, TestId("family"))).ok());
  MakeBackup();
  const std::string carried = path("key-backups/notes.erased"), next = carried + ".next";
  fs::rename(carried, next);
  EXPECT_THAT(Works(RestoreOf(before, path("new.db"), path("new.keys.db"))),
              HasSubstr("1 families are on the list of erased ones; keys of 1 had come back"));
  EXPECT_FALSE(fs::exists(carried));
  EXPECT_EQ(ReadText(next), ReadText(path("erased")));
}

TEST_F(BackupTest, CheckpointsAreCarriedFromOneBackupToTheNext) {
  MakeBackup();
  Write(kAgency, "later", 1);
  WriteCheckpoints();
  const auto [data_backup, keys_backup] = MakeBackup();
  Words words = VerifyOf(data_backup, keys_backup);
  words.insert(words.end(), {"--checkpoint-file", path("backups/notes.checkpoints"),
                             "--checkpoint-file", path("checkpoints")});
  const std::string said = Works(words);
  EXPECT_THAT(said, HasSubstr(Concat({"agency harbour: 15 audit lines hold, through 2 checkpoints "
                                      "of the file ",
                                      path("backups/notes.checkpoints"),
                                      ", through 2 checkpoints of the file "})));
}

TEST_F(BackupTest, ADatabaseThatIsOlderThanWhatWasCarriedIsBackedUpAndReported) {
  const auto [data_backup, keys_backup] = MakeBackup();
  Write(kAgency, "later", 1);
  WriteCheckpoints();
  MakeBackup();
  fs::copy_file(data_backup + "/data.db", path("older.db"));
  const int before = BackupsIn(path("backups"));
  EXPECT_THAT(Fails(BackupOf(path("older.db"), keys())),
              HasSubstr("the audit chain of agency harbour is shorter than"));
  EXPECT_EQ(BackupsIn(path("backups")), before + 1);
}

// As when PostgreSQL's own means put the database back, and it went on past what is carried.
TEST_F(BackupTest, CheckpointsOfAnotherChainAreNotMixedWithThoseThatWereCarried) {
  Checkpoint other{.service = kService, .agency = kAgency, .sequence = 3};
  other.mac = std::string(32, 'x');
  Sign(crypto::SigningKey(store_.suite.Key(crypto::SuiteKey::kCheckpoint, kService)), other);
  fs::create_directories(path("backups"));
  const std::string carried = path("backups/notes.checkpoints");
  WriteText(carried, ToLine(other) + "\n");
  EXPECT_THAT(Fails(BackupOf(data(), keys())), HasSubstr(Concat({carried, ": the checkpoint at"})));
  const std::string lines = ReadText(carried);
  EXPECT_THAT(lines, HasSubstr("meadow")) << "which has its checkpoint all the same";
  EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
}

// The old file knows of lines that are gone: it would keep the service from ever writing another
// checkpoint, and the next backup from succeeding.
TEST_F(BackupTest, ARestorePutsCheckpointFilesAsideThatKnowOfMoreAndSaysSo) {
  const auto backups = MakeBackup();
  Write(kAgency, "later", 1);
  WriteCheckpoints();
  MakeBackup();
  Words words = RestoreOf(backups, path("new.db"), path("new.keys.db"));
  words.insert(words.end(), {"--checkpoint-file", path("checkpoints")});
  const std::string said = Works(words);
  EXPECT_THAT(said, HasSubstr(Concat({"agency harbour: ", path("checkpoints"),
                                      " knows of 1 later checkpoints: what was written after this "
                                      "backup is not in it"})));
  EXPECT_THAT(said, HasSubstr(Concat({path("checkpoints"),
                                      " knows of more than this backup and was put aside: ",
                                      path("checkpoints.aside-")})));
  EXPECT_FALSE(fs::exists(path("checkpoints")));
  EXPECT_THAT(Works(words), HasSubstr("is not there: nothing of it to verify with"))
      << "for each other replica";
  Works(BackupOf(path("new.db"), path("new.keys.db")));
  EXPECT_TRUE(fs::exists(path("backups/notes.checkpoints"))) << "begun anew";
}

TEST_F(BackupTest, ARestoreLeavesACheckpointFileThatKnowsNoMoreWhereItIs) {
  const auto backups = MakeBackup();
  Words words = RestoreOf(backups, path("new.db"), path("new.keys.db"));
  words.insert(words.end(), {"--checkpoint-file", path("checkpoints")});
  EXPECT_THAT(Works(words), Not(HasSubstr("aside")));
  EXPECT_TRUE(fs::exists(path("checkpoints")));
}

TEST_F(BackupTest, ABackupThatIsNotOfTheFilesChainIsNotRestored) {
  const auto backups = MakeBackup();
  Checkpoint forged{.service = kService, .agency = kAgency, .sequence = 3};
  forged.mac = std::string(32, 'x');
  Sign(crypto::SigningKey(store_.suite.Key(crypto::SuiteKey::kCheckpoint, kService)), forged);
  WriteText(path("copy"), ToLine(forged) + "\n");
  Words words = RestoreOf(backups, path("new.db"), path("new.keys.db"));
  words.insert(words.end(), {"--checkpoint-copy", path("copy")});
  EXPECT_THAT(Fails(words), HasSubstr("broken at line 3: it was written anew"));
  EXPECT_FALSE(fs::exists(path("new.db")));
}

// However a backup or a restore is ended, what has its name is whole.
TEST_F(BackupTest, KilledAnywhereLeavesNothingHalf) {
  Write(kAgency, "large", 200);
  for (int i = 0; i < 8; ++i) {
    ChildProcess backup({Admin(BackupOf(data(), keys())), {}, ""});
    const std::string part =
        i % 2 == 0 ? path("backups/.notes-data-part") : path("key-backups/.notes-keys-part");
    Eventually([&] { return fs::exists(part) || !backup.Running(); });
    backup.Signal(SIGKILL);
    backup.Wait();
  }
  const auto backups = MakeBackup();
  EXPECT_FALSE(fs::exists(path("backups/.notes-data-part")));
  for (const char* folder : {"backups", "key-backups"}) {
    for (const auto& entry : fs::directory_iterator(path(folder))) {
      if (!entry.is_directory()) continue;  // what they carry
      EXPECT_TRUE(fs::exists(entry.path() / "manifest.json")) << entry.path();
    }
  }
  const Words restore = RestoreOf(backups, path("new.db"), path("new.keys.db"));
  for (const char* seen : {"new.keys.db.restoring", "new.keys.db", "new.db.restoring", "new.db"}) {
    ChildProcess again({Admin(restore), {}, ""});
    Eventually([&] { return fs::exists(path(seen)) || !again.Running(); });
    again.Signal(SIGKILL);
    again.Wait();
    if (fs::exists(path("new.db"))) Works(VerifyOf(path("new.db"), path("new.keys.db")));
  }
  Works(restore);
  Words verify = VerifyOf(path("new.db"), path("new.keys.db"));
  verify.insert(verify.end(), {"--checkpoint-file", path("backups/notes.checkpoints")});
  Works(verify);
}

}  // namespace
}  // namespace rapport::admin
