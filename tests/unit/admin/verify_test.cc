// What was done to a database behind the service's back is found and named.
#include "unit/admin/backup_fixture.h"

namespace rapport::admin {
namespace {

using testing::HasSubstr;

class VerifyTest : public BackupFixture {
 protected:
  VerifyTest() { Stop(); }
  Words Verify() const { return VerifyOf(path("data.db"), path("keys.db")); }
  Words WithCheckpoints() const {
    Words words = Verify();
    words.insert(words.end(), {"--checkpoint-file", path("checkpoints")});
    return words;
  }
};

TEST_F(VerifyTest, WhatNobodyTouchedHolds) {
  EXPECT_THAT(Works(Verify()), HasSubstr("audit lines hold"));
  EXPECT_THAT(Works(WithCheckpoints()), HasSubstr("through 1 checkpoints of the file"));
}

TEST_F(VerifyTest, AServiceThatRunsOnItsFilesKeepsThem) {
  EXPECT_THAT(Fails(VerifyOf(data(), keys())), HasSubstr("another process has the database"));
}

TEST_F(VerifyTest, AnEditedAuditLineIsNamed) {
  Change("data.db",
         "UPDATE audit SET at_us = at_us + 1 WHERE agency_id = 'harbour' AND sequence = 5");
  EXPECT_THAT(Fails(Verify()), HasSubstr("agency harbour: the audit chain is broken at line 5"));
}

TEST_F(VerifyTest, AMissingAuditLineIsNamed) {
  Change("data.db", "DELETE FROM audit WHERE agency_id = 'meadow' AND sequence = 2");
  EXPECT_THAT(Fails(Verify()), HasSubstr("agency meadow: the audit chain is broken at line 2: a "
                                         "line is missing"));
}

TEST_F(VerifyTest, AnAgencyWhoseChainIsGoneAsAWholeIsFoundByTheCheckpointsKeptElsewhere) {
  for (const char* sql : {"DELETE FROM audit WHERE agency_id = 'meadow'",
                          "DELETE FROM audit_head WHERE agency_id = 'meadow'",
                          "DELETE FROM audit_checkpoint WHERE agency_id = 'meadow'"}) {
    Change("data.db", sql);
  }
  Works(Verify());
  EXPECT_THAT(Fails(WithCheckpoints()), HasSubstr("agency meadow: the audit chain is broken"));
}

TEST_F(VerifyTest, ACheckpointFileThatLostASegmentIsNoProofAnyMore) {
  WriteText(path("checkpoints.000002"), "");
  EXPECT_THAT(Fails(WithCheckpoints()), HasSubstr("is older than"));
  WriteText(path("checkpoints"), ReadText(path("checkpoints")) + "\n");
  std::filesystem::remove(path("checkpoints.000002"));
  EXPECT_THAT(Fails(WithCheckpoints()), HasSubstr("a line is not a checkpoint of this suite"));
}

TEST_F(VerifyTest, ARowThatDoesNotOpenIsNamed) {
  struct Case {
    const char *sql, *table;
  };
  for (const auto& [sql, table] :
       {Case{"UPDATE record SET payload = x'01' WHERE agency_id = 'meadow'", "record"},
        Case{"UPDATE record_history SET version = 9 WHERE agency_id = 'meadow'", "record_history"},
        Case{"UPDATE record_psychotherapy SET family_id = x'00'", "record_psychotherapy"},
        Case{"UPDATE answer SET request_id = 'another' WHERE agency_id = 'meadow'", "answer"},
        Case{"UPDATE outbox SET created_us = 1 WHERE agency_id = 'meadow'", "outbox"}}) {
    Stop();
    Change("data.db", sql);
    EXPECT_THAT(Fails(Verify()), HasSubstr(Concat({"rows do not open, the first in ", table})));
  }
}

TEST_F(VerifyTest, ADestroyedKeyIsAsGoodAsALostRow) {
  Change("keys.db", "DELETE FROM family_key WHERE agency_id = 'harbour' AND family_id <> x''");
  EXPECT_THAT(Fails(Verify()), HasSubstr("rows do not open"));
}

}  // namespace
}  // namespace rapport::admin
