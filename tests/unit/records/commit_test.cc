// What a commit promises: all of it or nothing, history, conflicts found, unique keys, one audit
// row.
#include "platform/audit/audit_record.h"
#include "platform/crypto/digest.h"
#include "unit/records/records_fixture.h"

#include <atomic>

namespace rapport::records {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

class RecordsCommit : public RecordsFixture {
 protected:
  std::int64_t Rows(const char* sql) { return store.Number(sql); }
};

TEST_F(RecordsCommit, ACreatedRecordReadsBackAtVersionOne) {
  Record record = New("note", "what was said");
  record.parent = TestId("session");
  record.state = -7;
  ASSERT_TRUE(Create(record).ok());
  const auto got = Get(record);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->payload, "what was said");
  EXPECT_EQ(got->version, 1);
  EXPECT_EQ(got->parent, record.parent);
  EXPECT_EQ(got->state, -7);
  EXPECT_EQ(got->sort_us, record.sort_us);
  EXPECT_EQ(got->created_us, store.clock.NowMicros());
  EXPECT_EQ(got->updated_us, store.clock.NowMicros());
}

TEST_F(RecordsCommit, AnUpdateMovesTheOldVersionToHistory) {
  const Record record = New("note", "one");
  ASSERT_TRUE(Create(record).ok());
  store.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Update(*Get(record), "two").ok());
  store.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Update(*Get(record), "three").ok());

  const auto newest = Get(record);
  ASSERT_TRUE(newest.ok());
  EXPECT_EQ(newest->payload, "three");
  EXPECT_EQ(newest->version, 3);
  EXPECT_EQ(newest->created_us, support::kMonday);
  EXPECT_EQ(newest->updated_us, store.clock.NowMicros());
  EXPECT_THAT(History(record),
              ElementsAre(AllOf(Field(&Record::version, 1), Field(&Record::payload, "one")),
                          AllOf(Field(&Record::version, 2), Field(&Record::payload, "two"))));
}

TEST_F(RecordsCommit, AnUpdateOfAnOldVersionIsAConflictAndLeavesNothing) {
  const Record record = New("note", "one");
  ASSERT_TRUE(Create(record).ok());
  const Record old = *Get(record);
  ASSERT_TRUE(Update(old, "two").ok());
  Changes changes = Start();
  changes.Create(New("other"));
  changes.Update(old, New("note", "lost"));
  const auto committed = Commit(std::move(changes));
  EXPECT_TRUE(IsConflict(committed.status())) << committed.status();
  EXPECT_EQ(Get(record)->payload, "two");
  EXPECT_TRUE(absl::IsNotFound(Get(New("other")).status()));
  EXPECT_THAT(History(record), SizeIs(1));
  EXPECT_THAT(Audits(), SizeIs(2));
}

TEST_F(RecordsCommit, ATakenIdIsRefused) {
  ASSERT_TRUE(Create(New("note", "one")).ok());
  const auto again = Create(New("note", "two"));
  EXPECT_TRUE(absl::IsAlreadyExists(again.status())) << again.status();
  EXPECT_FALSE(IsConflict(again.status()));
  EXPECT_EQ(Get(New("note"))->payload, "one");
}

TEST_F(RecordsCommit, OneChangeMayCreateAndThenUpdateARecord) {
  Changes changes = Start();
  Record record = New("note", "draft");
  changes.Create(record);
  record.version = 1;
  changes.Update(record, New("note", "signed"));
  ASSERT_TRUE(Commit(std::move(changes)).ok());
  EXPECT_EQ(Get(record)->payload, "signed");
  EXPECT_EQ(Get(record)->version, 2);
  EXPECT_THAT(History(record), ElementsAre(Field(&Record::payload, "draft")));
}

TEST_F(RecordsCommit, AGuardHoldsOnlyTheRevisionThatWasRead) {
  const auto revision = [&] {
    std::int64_t value = -1;
    EXPECT_TRUE(store
                    .Read([&](db::Tx& tx) -> absl::Status {
                      auto read = store.records->Revision(tx, kAgency, TestId("family"));
                      if (read.ok()) value = *read;
                      return read.status();
                    })
                    .ok());
    return value;
  };
  const auto guarded = [&](std::int64_t at, std::string_view id) {
    Changes changes = Start();
    changes.Guard(TestId("family"), at);
    changes.Create(New(id));
    return Commit(std::move(changes)).status();
  };
  EXPECT_EQ(revision(), 0);
  EXPECT_TRUE(guarded(0, "a").ok());
  EXPECT_EQ(revision(), 1);
  EXPECT_TRUE(IsConflict(guarded(0, "b")));
  EXPECT_TRUE(guarded(1, "c").ok());
  EXPECT_TRUE(IsConflict(guarded(1, "d")));
  EXPECT_TRUE(IsConflict(guarded(7, "e")));
  EXPECT_EQ(revision(), 2);
  EXPECT_TRUE(absl::IsNotFound(Get(New("b")).status()));
}

TEST_F(RecordsCommit, AClaimBelongsToOneRecordUntilItIsReleased) {
  const auto claim = [&](const Record& record) {
    Changes changes = Start();
    changes.Create(record);
    changes.Claim("external/ehr", "4711", record);
    return Commit(std::move(changes)).status();
  };
  const auto owner = [&] {
    std::optional<std::string> id;
    EXPECT_TRUE(store
                    .Read([&](db::Tx& tx) -> absl::Status {
                      auto found = store.records->FindClaim(tx, kAgency, "external/ehr", "4711");
                      if (found.ok()) id = *found;
                      return found.status();
                    })
                    .ok());
    return id;
  };
  EXPECT_EQ(owner(), std::nullopt);
  ASSERT_TRUE(claim(New("a")).ok());
  EXPECT_EQ(owner(), TestId("a"));
  const absl::Status taken = claim(New("b"));
  EXPECT_TRUE(absl::IsAlreadyExists(taken)) << taken;
  EXPECT_EQ(TakenIndex(taken), "external/ehr");
  EXPECT_TRUE(absl::IsNotFound(Get(New("b")).status()));

  Changes same = Start();
  same.Claim("external/ehr", "4711", New("a"));
  EXPECT_TRUE(Commit(std::move(same)).ok());
  Changes other_index = Start();
  other_index.Claim("external/lab", "4711", New("b"));
  EXPECT_TRUE(Commit(std::move(other_index)).ok());

  Changes move = Start();
  move.Release("external/ehr", "4711");
  move.Claim("external/ehr", "4711", New("b"));
  EXPECT_TRUE(Commit(std::move(move)).ok());
  EXPECT_EQ(owner(), TestId("b"));
}

TEST_F(RecordsCommit, OfManyClaimantsAtOnceExactlyOneGetsTheKey) {
  std::atomic<int> won{0}, lost{0};
  const auto claim = [&](int n) -> Task<> {
    TestCall mine(kAgency, "import", TestId("family"));
    Changes changes(mine, support::kMonday);
    const Record record = New("r" + std::to_string(n));
    changes.Create(record);
    changes.Claim("external/ehr", "1", record);
    const auto answer = Text("");
    const auto committed = co_await store.records->Commit(mine, std::move(changes), answer);
    (committed.ok() ? won : lost) += 1;
    EXPECT_TRUE(committed.ok() || TakenIndex(committed.status()) == "external/ehr");
  };
  {
    support::Coroutines coroutines(4);
    for (int i = 0; i < 64; ++i) coroutines.Start(claim(i));
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 63);
  EXPECT_EQ(Rows("SELECT count(*) FROM record"), 1);
}

Task<absl::StatusOr<Committed>> IncrementOnce(support::ServiceStore& store, TestCall& mine,
                                              Record like) {
  absl::StatusOr<Record> before = absl::UnknownError("");
  const absl::Status read = co_await store.db->Read(mine, [&](db::Tx& tx) {
    before = store.records->Get(tx, kAgency, like.family, like.kind, like.id);
    return before.status();
  });
  if (!read.ok()) co_return read;
  Changes changes(mine, support::kMonday);
  Record after = *before;
  after.payload = std::to_string(std::stoi(before->payload) + 1);
  changes.Update(*before, std::move(after));
  const auto answer = Text("");
  co_return co_await store.records->Commit(mine, std::move(changes), answer);
}

TEST_F(RecordsCommit, ConcurrentReadModifyWritesLoseNoUpdate) {
  constexpr int kWriters = 16, kEach = 40;
  const Record counter = New("counter", "0");
  ASSERT_TRUE(Create(counter).ok());
  std::atomic<int> conflicts{0};
  const auto write = [&]() -> Task<> {
    for (int i = 0; i < kEach; ++i) {
      TestCall mine(kAgency, "writer", TestId("family"));
      for (;;) {
        const auto done = co_await IncrementOnce(store, mine, counter);
        if (done.ok()) break;
        EXPECT_TRUE(IsConflict(done.status())) << done.status();
        ++conflicts;
      }
    }
  };
  {
    support::Coroutines coroutines(4);
    for (int i = 0; i < kWriters; ++i) coroutines.Start(write());
  }
  EXPECT_EQ(Get(counter)->payload, std::to_string(kWriters * kEach));
  EXPECT_EQ(Get(counter)->version, 1 + kWriters * kEach);
  const auto history = History(counter);
  ASSERT_THAT(history, SizeIs(kWriters * kEach));
  for (int i = 0; i < kWriters * kEach; ++i) EXPECT_EQ(history[i].payload, std::to_string(i));
  EXPECT_GT(conflicts, 0) << "the writers never met: this tested nothing";
}

TEST_F(RecordsCommit, TheAuditRowSaysWhoDidWhatToWhichVersion) {
  call.trace = {.high = 0x0123, .low = 0xabc};
  Changes changes = Start();
  changes.Create(New("note"));
  changes.Create(New("session"));
  changes.Audit("note.create", New("note"), {TestId("member")}, "OVERRIDE");
  const auto committed = Commit(std::move(changes));
  ASSERT_TRUE(committed.ok());
  EXPECT_EQ(committed->sequence, 1);
  const auto audits = Audits();
  ASSERT_THAT(audits, SizeIs(1));
  const auto& audit = audits[0];
  EXPECT_EQ(audit.actor(), "clinician-1");
  EXPECT_EQ(audit.method(), call.method);
  EXPECT_EQ(audit.action(), "note.create");
  EXPECT_EQ(audit.kind(), kNote);
  EXPECT_EQ(audit.resource(), TestId("note"));
  EXPECT_EQ(audit.version(), 1);
  EXPECT_EQ(audit.family(), TestId("family"));
  EXPECT_THAT(audit.members(), ElementsAre(TestId("member")));
  EXPECT_EQ(audit.reason_code(), "OVERRIDE");
  EXPECT_EQ(audit.trace(), "00000000000001230000000000000abc");
  EXPECT_EQ(audit.viewer(), static_cast<int>(Viewer::kCareTeam));
  EXPECT_EQ(audit.at_us(), support::kMonday);

  const auto stored_hash = [&](const char* id) {
    std::string hash;
    EXPECT_TRUE(store
                    .Read([&](db::Tx& tx) {
                      return tx
                          .Run("SELECT payload FROM record WHERE agency_id = $1 AND id = $2",
                               {kAgency, db::Blob{TestId(id)}},
                               [&](const db::Row& row) { hash = crypto::Sha256({row.Bytes(0)}); })
                          .status();
                    })
                    .ok());
    return hash;
  };
  EXPECT_EQ(audit.payload_hash(), stored_hash("note"));
  ASSERT_THAT(audit.also(), SizeIs(1));
  EXPECT_EQ(audit.also(0).resource(), TestId("session"));
  EXPECT_EQ(audit.also(0).version(), 1);
  EXPECT_EQ(audit.also(0).payload_hash(), stored_hash("session"));
}

TEST_F(RecordsCommit, AChangeThatNobodyDescribedIsAuditedAllTheSame) {
  ASSERT_TRUE(Create(New("note")).ok());
  const auto audits = Audits();
  ASSERT_THAT(audits, SizeIs(1));
  EXPECT_EQ(audits[0].actor(), "clinician-1");
  ASSERT_THAT(audits[0].also(), SizeIs(1));
  EXPECT_EQ(audits[0].also(0).resource(), TestId("note"));
}

TEST_F(RecordsCommit, SequencesHaveNoGapsWhateverFails) {
  for (int i = 0; i < 30; ++i) {
    Changes changes = Start();
    changes.Create(New("n" + std::to_string(i / 2)));  // Every second one is taken.
    changes.Emit({.type = 201, .family = TestId("family")});
    EXPECT_EQ(Commit(std::move(changes)).ok(), i % 2 == 0);
  }
  for (const char* table :
       {"SELECT count(*) = 15 AND max(sequence) = 15 FROM audit",
        "SELECT count(*) = 15 AND max(sequence) = 15 FROM outbox",
        "SELECT audit_sequence = 15 AND outbox_sequence = 15 FROM audit_head"}) {
    EXPECT_EQ(Rows(table), 1) << table;
  }
}

TEST_F(RecordsCommit, NothingIsWrittenForACallThatNobodyWaitsFor) {
  ASSERT_TRUE(Create(New("first")).ok());
  Changes changes = Start();
  changes.Create(New("note"));
  call.deadline = SteadyClock::now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(Commit(std::move(changes)).status()));
  EXPECT_TRUE(absl::IsNotFound(Get(New("note")).status()));
}

TEST_F(RecordsCommit, AnErasedFamilyCanNeitherBeReadNorWritten) {
  ASSERT_TRUE(Create(New("note")).ok());
  const auto read_before = Get(New("note"));
  ASSERT_TRUE(RunSync(store.keys->Destroy(call, kAgency, TestId("family"))).ok());
  EXPECT_TRUE(absl::IsNotFound(Get(New("note")).status()));
  EXPECT_THAT(History(New("note")), IsEmpty());
  EXPECT_THAT(List({.kind = kNote}), IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(Create(New("more")).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Update(*read_before, "more").status()));
}

// The files of the database hold none of what was stored, wherever a statement put it.
TEST_F(RecordsCommit, NoWordOfAPayloadIsInTheFiles) {
  constexpr char kCanary[] = "canary-7f3a";
  const Record record = New("note", kCanary);
  TestCall writer(kAgency, kCanary, TestId("family"));
  writer.request_id = "request-1";
  writer.request_hash = crypto::Sha256({"request"});
  Changes changes(writer, support::kMonday);
  changes.Create(record);
  changes.Claim("external/ehr", kCanary, record);
  changes.Audit("note.create", record, {kCanary}, kCanary);
  changes.Emit({.type = 202, .family = TestId("family"), .resource = kCanary, .body = kCanary});
  const auto answer = Text(kCanary);
  ASSERT_TRUE(RunSync(store.records->Commit(writer, std::move(changes), answer)).ok());
  ASSERT_TRUE(Update(*Get(record), kCanary).ok());
  ASSERT_TRUE(RunSync(store.disclosures->Ensure(writer)).ok());
  EXPECT_EQ(Get(record)->payload, kCanary);
  std::size_t bytes = 0;
  for (const char* name : {"data.db", "data.db-wal", "keys.db", "keys.db-wal"}) {
    const std::string text = ReadText(store.path(name));
    bytes += text.size();
    EXPECT_EQ(text.find(kCanary), std::string::npos) << name;
  }
  EXPECT_GT(bytes, 10'000u);
}

TEST_F(RecordsCommit, APayloadOpensOnlyInItsOwnRowAndVersion) {
  ASSERT_TRUE(Create(New("a", "words of a")).ok());
  ASSERT_TRUE(Create(New("b", "words of b")).ok());
  ASSERT_TRUE(Update(*Get(New("a")), "newer words of a").ok());
  const auto tamper = [&](const char* sql) {
    return store.Write([&](db::Tx& tx) {
      return tx.Run(sql, {db::Blob{TestId("a")}, db::Blob{TestId("b")}}).status();
    });
  };
  ASSERT_TRUE(tamper("UPDATE record SET payload = (SELECT payload FROM record WHERE id = $2)"
                     " WHERE id = $1")
                  .ok());
  EXPECT_TRUE(absl::IsDataLoss(Get(New("a")).status()));
  ASSERT_TRUE(tamper("UPDATE record SET payload ="
                     " (SELECT payload FROM record_history WHERE id = $1 AND id <> $2)"
                     " WHERE id = $1")
                  .ok());
  EXPECT_TRUE(absl::IsDataLoss(Get(New("a")).status())) << "an old version passed as the new one";
  ASSERT_TRUE(tamper("UPDATE record SET version = 1 WHERE id = $1 AND id <> $2").ok());
  EXPECT_TRUE(Get(New("a")).ok()) << "that payload is version 1: the audit trail has the rest";
}

// What was computed from a family ends with its change: whoever caches hears of it before the
// caller goes on, once a family, at the sequence it changed at; and of nothing that did not happen.
TEST_F(RecordsCommit, FollowersHearOfEachFamilyThatChanged) {
  std::vector<std::pair<std::string, std::int64_t>> heard;
  store.records->Follow([&](std::string agency, std::string family, std::int64_t at) -> Task<> {
    EXPECT_EQ(agency, kAgency);
    heard.emplace_back(std::move(family), at);
    co_return;
  });
  Changes changes = Start();
  Record other = New("c");
  other.family = TestId("other");
  for (const Record& record : {New("a"), New("b"), other}) changes.Create(record);
  const auto committed = Commit(std::move(changes));
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_THAT(heard, ElementsAre(std::pair(TestId("family"), committed->sequence),
                                 std::pair(TestId("other"), committed->sequence)));
  heard.clear();
  EXPECT_FALSE(Create(New("a")).ok());
  EXPECT_THAT(heard, IsEmpty());
}

// Whether it was done or not: the caller learns that by repeating it, which changes nothing then.
TEST(RecordsFollowers, HearOfWhatMayHaveBeenDone) {
  for (const bool was_done : {true, false}) {
    support::ServiceStore store(
        {.faults = {.lost_reply = was_done ? 1.0 : 0.0, .lost = was_done ? 0.0 : 1.0}});
    std::vector<std::pair<std::string, std::int64_t>> heard;
    store.records->Follow([&](std::string, std::string family, std::int64_t at) -> Task<> {
      heard.emplace_back(std::move(family), at);
      co_return;
    });
    TestCall call(kAgency, "author", TestId("family"));
    Changes changes(call, support::kMonday);
    changes.Create({.kind = kNote, .family = TestId("family"), .id = TestId("a")});
    const auto committed = RunSync(store.records->Commit(call, std::move(changes), Text("")));
    EXPECT_TRUE(db::IsCommitUnknown(committed.status())) << committed.status();
    EXPECT_THAT(heard, ElementsAre(testing::Pair(TestId("family"), testing::Gt(0))));
  }
}

TEST(RecordsKeyClasses, AKindMayHaveAKeyOfItsOwn) {
  support::ServiceStore store({.key_class = [](int kind) {
    return kind == kPrivate ? crypto::KeyClass::kPsychotherapy : crypto::KeyClass::kRecord;
  }});
  TestCall call(kAgency, "author", TestId("family"));
  Changes changes(call, support::kMonday);
  Record record{.kind = kPrivate, .family = TestId("family"), .id = TestId("p"), .payload = "own"};
  changes.Create(record);
  const auto answer = Text("");
  ASSERT_TRUE(RunSync(store.records->Commit(call, std::move(changes), answer)).ok());
  EXPECT_TRUE(store.keys->Find(kAgency, TestId("family"), crypto::KeyClass::kPsychotherapy).ok());
  EXPECT_TRUE(absl::IsNotFound(
      store.keys->Find(kAgency, TestId("family"), crypto::KeyClass::kRecord).status()));
  EXPECT_EQ(store.Number("SELECT count(*) FROM record_psychotherapy"), 1) << "and a table";
  EXPECT_EQ(store.Number("SELECT count(*) FROM record"), 0);
}

// Read by name or inside its family; in no list over the agency, in no family's whole record, and
// never written twice.
TEST(RecordsKeyClasses, WhatIsKeptApartIsInNoOtherListAndNeverChanged) {
  support::ServiceStore store({.key_class = [](int kind) {
    return kind == kPrivate ? crypto::KeyClass::kPsychotherapy : crypto::KeyClass::kRecord;
  }});
  TestCall call(kAgency, "author", TestId("family"));
  call.request_id = "request";
  Changes changes(call, support::kMonday);
  Record record{.kind = kPrivate, .family = TestId("family"), .id = TestId("p"), .payload = "own"};
  changes.Create(record);
  ASSERT_TRUE(RunSync(store.records->Commit(call, std::move(changes), Text("own"))).ok());
  EXPECT_EQ(store.Number("SELECT key_class FROM answer"),
            static_cast<int>(crypto::KeyClass::kPsychotherapy));
  EXPECT_TRUE(RunSync(store.answers->Find(call))->has_value());
  record.version = 1;
  ASSERT_TRUE(
      store
          .Read([&](db::Tx& tx) -> absl::Status {
            const std::string family = TestId("family");
            EXPECT_EQ(store.records->Get(tx, kAgency, family, kPrivate, record.id)->payload, "own");
            ListQuery query{.kind = kPrivate, .family = family};
            EXPECT_EQ(store.records->List(tx, kAgency, query)->size(), 1u);
            query.newest_first = true;
            EXPECT_EQ(store.records->List(tx, kAgency, query)->size(), 1u);
            EXPECT_TRUE(
                absl::IsInternal(store.records->List(tx, kAgency, {.kind = kPrivate}).status()));
            EXPECT_THAT(*store.records->Family(tx, kAgency, family, 0, 1'000), IsEmpty());
            return absl::OkStatus();
          })
          .ok());
  TestCall second(kAgency, "author", TestId("family"));
  Changes more(second, support::kMonday);
  Record after = record;
  after.payload = "other words";
  more.Update(record, after);
  EXPECT_TRUE(
      absl::IsInternal(RunSync(store.records->Commit(second, std::move(more), Text(""))).status()));
}

}  // namespace
}  // namespace rapport::records
