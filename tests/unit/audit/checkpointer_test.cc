// Checkpoints: signed, chained, in the database and in a file that grows behind it.
#include "platform/audit/checkpointer.h"

#include "unit/audit/audit_fixture.h"

#include <sstream>

namespace rapport::audit {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kMinute = 60'000'000;

class CheckpointerTest : public AuditFixture {
 protected:
  void SetUp() override { Open(); }

  std::string File() const { return store.path("checkpoints"); }
  crypto::SigningKey Key() {
    return crypto::SigningKey(store.suite.Key(crypto::SuiteKey::kCheckpoint, "notes"));
  }
  void Open() {
    auto opened =
        Checkpointer::Open({.service = "notes", .path = File(), .rows = 10}, *store.db, Key());
    ASSERT_TRUE(opened.ok()) << opened.status();
    checkpointer = *std::move(opened);
  }
  int Write(std::int64_t now_us) {
    TestCall call("", "system");
    const auto written = RunSync(checkpointer->WriteDue(call, now_us));
    EXPECT_TRUE(written.ok()) << written.status();
    return written.value_or(-1);
  }
  std::vector<Checkpoint> InFile() {
    std::vector<Checkpoint> checkpoints;
    std::istringstream lines(ReadText(File()));
    for (std::string line; std::getline(lines, line);) {
      auto checkpoint = FromLine(line);
      EXPECT_TRUE(checkpoint.ok()) << line;
      checkpoints.push_back(*std::move(checkpoint));
    }
    return checkpoints;
  }
  std::vector<Checkpoint> InDatabase(const std::string& agency) {
    std::vector<Checkpoint> checkpoints;
    EXPECT_TRUE(store
                    .Read([&](db::Tx& tx) -> absl::Status {
                      auto read = ReadCheckpoints(tx, "notes", agency, 0);
                      if (read.ok()) checkpoints = *std::move(read);
                      return read.status();
                    })
                    .ok());
    return checkpoints;
  }

  std::unique_ptr<Checkpointer> checkpointer;
};

TEST_F(CheckpointerTest, AreWrittenAfterSoManyRowsOrSoMuchTime) {
  EXPECT_EQ(Write(kMinute), 0) << "nothing to say about nothing";
  Append("a", 1);
  EXPECT_EQ(Write(2 * kMinute), 1) << "the first row ever is a minute late";
  Append("a", 9);
  EXPECT_EQ(Write(2 * kMinute + 1), 0);
  Append("a", 1);
  EXPECT_EQ(Write(2 * kMinute + 2), 1) << "ten rows";
  EXPECT_EQ(Write(9 * kMinute), 0) << "no new row";
  Append("a", 1);
  EXPECT_EQ(Write(3 * kMinute + 1), 0);
  EXPECT_EQ(Write(3 * kMinute + 2), 1) << "a minute";
}

TEST_F(CheckpointerTest, SayWhatTheHeadWasSignedAndNameTheOneBefore) {
  for (int i = 1; i <= 3; ++i) {
    Append("a", 10);
    Append("b", 10);
    EXPECT_EQ(Write(i * kMinute), 2);
  }
  const auto checkpoints = InDatabase("a");
  ASSERT_THAT(checkpoints, SizeIs(3));
  std::string previous;
  for (std::size_t i = 0; i < checkpoints.size(); ++i) {
    const Checkpoint& c = checkpoints[i];
    EXPECT_EQ(c.sequence, 10 * static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(c.agency, "a");
    EXPECT_EQ(c.at_us, static_cast<std::int64_t>(i + 1) * kMinute);
    EXPECT_EQ(c.previous, previous);
    EXPECT_TRUE(IsSigned(c, Key().public_key()));
    previous = DigestOf(c);
  }
  EXPECT_EQ(checkpoints.back().mac, Verify("a").head.mac);
}

TEST_F(CheckpointerTest, SaysHowManyRowsWaitAndSinceWhen) {
  EXPECT_EQ(checkpointer->waiting_since_us(), 0);
  Append("a", 10);
  Append("b", 1);
  EXPECT_EQ(Write(kMinute), 2);
  EXPECT_EQ(checkpointer->waiting_rows(), 0);
  Append("a", 3);
  EXPECT_EQ(Write(kMinute + 1), 0);
  Append("b", 2);
  EXPECT_EQ(Write(kMinute + 7), 0);
  EXPECT_EQ(checkpointer->waiting_rows(), 5);
  EXPECT_EQ(checkpointer->waiting_since_us(), kMinute + 1) << "a's";
  EXPECT_EQ(Write(2 * kMinute), 2);
  EXPECT_EQ(checkpointer->waiting_rows(), 0);
  EXPECT_EQ(checkpointer->waiting_since_us(), 0);
}

// Each replica has a file of its own.
TEST_F(CheckpointerTest, WhatAnotherReplicaSignedWaitsNoLongerThanRowsThatCameSince) {
  const auto opened = Checkpointer::Open(
      {.service = "notes", .path = store.path("other"), .rows = 10}, *store.db, Key());
  ASSERT_TRUE(opened.ok()) << opened.status();
  Checkpointer& other = **opened;
  const auto write_other = [&](std::int64_t now_us) {
    TestCall call("", "system");
    EXPECT_TRUE(RunSync(other.WriteDue(call, now_us)).ok());
  };
  Append("a", 10);
  EXPECT_EQ(Write(kMinute), 1);
  write_other(kMinute);
  Append("a", 3);
  write_other(kMinute + 1);
  EXPECT_EQ(other.waiting_since_us(), kMinute + 1);
  EXPECT_EQ(Write(2 * kMinute), 1);
  write_other(2 * kMinute);  // learns that it was too late
  Append("a", 3);
  write_other(2 * kMinute + 5);
  EXPECT_EQ(other.waiting_rows(), 3);
  EXPECT_EQ(other.waiting_since_us(), 2 * kMinute + 5) << "the first three are in its file";
  write_other(2 * kMinute + 9);
  EXPECT_EQ(other.waiting_since_us(), 2 * kMinute + 5);
}

// As it is after a restore beside the old file, or when somebody cut the chain.
TEST_F(CheckpointerTest, AChainThatIsShorterThanTheFileSaysWaitsForSomebody) {
  Append("a", 10);
  Write(kMinute);
  ASSERT_TRUE(Do("UPDATE audit_head SET audit_sequence = 4 WHERE agency_id = 'a'").ok());
  TestCall call("", "system");
  EXPECT_FALSE(RunSync(checkpointer->WriteDue(call, 2 * kMinute)).ok());
  EXPECT_EQ(checkpointer->waiting_since_us(), 2 * kMinute);
}

TEST_F(CheckpointerTest, NoFieldCanBeChanged) {
  Append("a", 10);
  Write(kMinute);
  const Checkpoint good = InDatabase("a").at(0);
  const std::string key = Key().public_key();
  ASSERT_TRUE(IsSigned(good, key));
  std::vector<Checkpoint> bad(7, good);
  bad[0].service = "goals";
  bad[1].agency = "b";
  bad[2].sequence += 1;
  bad[3].mac[0] ^= 1;
  bad[4].at_us += 1;
  bad[5].previous = "x";
  bad[6].signature[10] ^= 1;
  for (const Checkpoint& c : bad) EXPECT_FALSE(IsSigned(c, key));
  EXPECT_FALSE(IsSigned(good, crypto::SigningKey(crypto::NewSecret()).public_key()));
  EXPECT_FALSE(IsSigned(good, "short"));
  EXPECT_EQ(*FromLine(ToLine(good)), good);
  for (const char* line : {"", "{}", "[]", "{\"service\":1}", "not json"}) {
    EXPECT_FALSE(FromLine(line).ok()) << line;
  }
}

TEST_F(CheckpointerTest, TheFileHoldsWhatTheDatabaseHoldsAlsoAfterACrash) {
  Append("a", 10);
  Write(kMinute);
  Append("a", 10);
  Write(2 * kMinute);
  EXPECT_EQ(InFile(), InDatabase("a"));
  const std::string whole = ReadText(File());
  for (const std::size_t size : {whole.size() - 1, whole.size() / 2 + 3, std::size_t{0}}) {
    checkpointer.reset();
    WriteText(File(), std::string_view(whole).substr(0, size));
    Open();
    Write(2 * kMinute);
    EXPECT_EQ(InFile(), InDatabase("a")) << "cut to " << size;
  }
  store.Reopen();
  Open();
  Append("a", 10);
  EXPECT_EQ(Write(3 * kMinute), 1);
  EXPECT_THAT(InFile(), SizeIs(3));
  EXPECT_EQ(InFile().back().previous, DigestOf(InFile()[1]));
}

TEST_F(CheckpointerTest, AFileWithAForeignLineIsRefused) {
  Append("a", 10);
  Write(kMinute);
  Checkpoint forged = InFile().at(0);
  forged.sequence = 99;
  WriteText(File(), ToLine(forged) + "\n");
  const auto opened = Checkpointer::Open({.service = "notes", .path = File()}, *store.db, Key());
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
}

TEST_F(CheckpointerTest, AnOlderDatabaseBesideANewerFileIsNoticed) {
  Append("a", 10);
  Append("b", 10);
  Write(kMinute);
  Append("a", 10);
  Write(2 * kMinute);
  checkpointer.reset();
  store.Reopen();
  ASSERT_TRUE(Do("DELETE FROM audit WHERE agency_id = 'a' AND sequence > 10").ok());
  ASSERT_TRUE(Do("DELETE FROM audit_checkpoint WHERE agency_id = 'a' AND sequence > 10").ok());
  ASSERT_TRUE(Do("UPDATE audit_head SET audit_sequence = 10,"
                 " mac = (SELECT mac FROM audit WHERE agency_id = 'a' AND sequence = 10)"
                 " WHERE agency_id = 'a'")
                  .ok());
  EXPECT_EQ(Verify("a").fault, Fault::kNone) << "nothing inside the database can tell";
  Open();
  TestCall call("", "system");
  Append("b", 10);
  EXPECT_TRUE(absl::IsDataLoss(RunSync(checkpointer->WriteDue(call, 3 * kMinute)).status()));
  EXPECT_EQ(InFile().back().agency, "b") << "which has its checkpoint all the same";
  EXPECT_EQ(InFile().back().sequence, 20);
  Checkpoint kept;
  for (const Checkpoint& one : InFile()) {
    if (one.agency == "a") kept = one;
  }
  const VerifyReport report = Verify("a", {.expected = {{kept.sequence, kept.mac}}});
  EXPECT_EQ(report.fault, Fault::kTruncated);
  EXPECT_EQ(report.first_bad, 11);
}

}  // namespace
}  // namespace rapport::audit
