#include "platform/records/eraser.h"

#include "platform/records/erased_rows.h"
#include "platform/records/erasure_events.h"
#include "support/faulty_db.h"
#include "support/meddled_db.h"
#include "unit/records/records_fixture.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace rapport::records {
namespace {

using internal::v1::EventType;
using testing::HasSubstr;
using testing::Not;

class EraserTest : public RecordsFixture {
 protected:
  EraserTest() {
    MakeEraser();
    Record with_claim = New("one");
    Changes changes = Start();
    changes.Create(with_claim);
    changes.Claim("external", "4711", with_claim);
    changes.Emit({.type = EventType::EVENT_TYPE_SESSION_HELD,
                  .family = TestId("family"),
                  .resource = "families/x/sessions/y",
                  .version = 1,
                  .body = {}});
    call.request_id = "request-1";
    EXPECT_TRUE(Commit(std::move(changes)).ok());
    call.request_id.clear();
    EXPECT_TRUE(Update(*Get(with_claim), "second words").ok());
  }

  void MakeEraser() {
    auto opened = crypto::ErasureList::Open({store.path("erased")}, store.suite);
    EXPECT_TRUE(opened.ok()) << opened.status();
    list = *std::move(opened);
    eraser = std::make_unique<Eraser>(On(*store.db));
  }
  // With the same list.
  Eraser::Deps On(db::Db& db) {
    return {.db = db,
            .keys = *store.keys,
            .list = *list,
            .chain = *store.chain,
            .records = *store.records,
            .clock = store.clock,
            .machine = store.machine,
            .empty_log = store.database.empty_log};
  }
  absl::Status Erase() {
    return RunSync(eraser->Erase(call, std::string(kAgency), TestId("family")));
  }
  // How many lines of the trail say that it was erased.
  std::int64_t Told(std::string_view family) {
    return std::ranges::count_if(Audits(), [family](const auto& line) {
      return line.action() == "family.erase" && line.family() == family;
    });
  }
  std::int64_t Rows(const char* sql) { return store.Number(sql, {kAgency}); }
  // Every byte of a file and of its log.
  std::string Bytes(const std::string& name) {
    std::string all;
    for (const char* suffix : {"", "-wal"}) {
      std::ifstream in(store.path(name) + suffix, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  std::string WrappedKey() {
    std::string wrapped;
    EXPECT_TRUE(db::RunSync(
                    *store.keys_db,
                    [&](db::Tx& tx) {
                      return tx
                          .Run(
                              "SELECT wrapped FROM family_key WHERE agency_id = $1 "
                              "AND family_id = $2",
                              {kAgency, db::Blob{TestId("family")}},
                              [&](const db::Row& row) { wrapped = row.Bytes(0); })
                          .status();
                    },
                    false)
                    .ok());
    return wrapped;
  }

  std::unique_ptr<crypto::ErasureList> list;
  std::unique_ptr<Eraser> eraser;
};

constexpr char kRecords[] = "SELECT COUNT(*) FROM record WHERE agency_id = $1";
constexpr char kHistory[] = "SELECT COUNT(*) FROM record_history WHERE agency_id = $1";
constexpr char kClaims[] = "SELECT COUNT(*) FROM claim WHERE agency_id = $1";
constexpr char kAnswers[] = "SELECT COUNT(*) FROM answer WHERE agency_id = $1";
constexpr char kEvents[] = "SELECT COUNT(*) FROM outbox WHERE agency_id = $1";

TEST_F(EraserTest, LeavesNoRowOfTheFamilyAndAllOfAnother) {
  Record other = New("two");
  other.family = TestId("other");
  ASSERT_TRUE(Create(other).ok());
  ASSERT_EQ(Rows(kRecords), 2);
  ASSERT_EQ(Rows(kHistory), 1);
  ASSERT_EQ(Rows(kClaims) + Rows(kAnswers) + Rows(kEvents), 3);
  ASSERT_TRUE(Erase().ok());
  EXPECT_EQ(Rows(kRecords), 1);
  EXPECT_EQ(Rows(kHistory) + Rows(kClaims) + Rows(kAnswers) + Rows(kEvents), 0);
  EXPECT_TRUE(Get(other).ok());
  EXPECT_TRUE(eraser->IsErased(kAgency, TestId("family")));
  EXPECT_FALSE(eraser->IsErased(kAgency, TestId("other")));
}

TEST_F(EraserTest, WhatWasComputedFromTheRowsEndsAsAfterACommit) {
  std::vector<std::string> told;
  std::int64_t last = 0;
  store.records->Follow([&](std::string, std::string family, std::int64_t sequence) -> Task<> {
    told.push_back(std::move(family));
    last = sequence;
    co_return;
  });
  ASSERT_TRUE(Erase().ok());
  EXPECT_THAT(told, testing::ElementsAre(TestId("family")));
  EXPECT_EQ(last, Rows("SELECT MAX(sequence) FROM audit WHERE agency_id = $1"));
}

TEST_F(EraserTest, TheWrappedKeyIsNowhereInTheKeyStoreOrItsLog) {
  const std::string wrapped = WrappedKey();
  ASSERT_FALSE(wrapped.empty());
  ASSERT_THAT(Bytes("keys.db"), HasSubstr(wrapped));
  ASSERT_TRUE(Erase().ok());
  EXPECT_THAT(Bytes("keys.db"), Not(HasSubstr(wrapped)));
}

TEST_F(EraserTest, NothingIsEverWrittenForTheFamilyAgain) {
  ASSERT_TRUE(Erase().ok());
  EXPECT_EQ(Create(New("three")).status().code(), absl::StatusCode::kFailedPrecondition);
}

// What was sealed before the key went may come to the database after the rows went.
TEST_F(EraserTest, AGuardedWriteFromBeforeConflicts) {
  Changes guard = Start();
  guard.Guard(TestId("family"), 0);
  ASSERT_TRUE(Commit(std::move(guard)).ok());
  ASSERT_TRUE(Erase().ok());
  Changes late = Start();
  late.Guard(TestId("family"), 1);
  EXPECT_TRUE(IsConflict(Commit(std::move(late)).status()));
}

TEST_F(EraserTest, TheTrailKeepsItsLinesAndSaysThatItWasErased) {
  const std::size_t before = Audits().size();
  ASSERT_TRUE(Erase().ok());
  const auto lines = Audits();
  ASSERT_EQ(lines.size(), before + 1);
  EXPECT_EQ(lines.back().action(), "family.erase");
  EXPECT_EQ(lines.back().family(), TestId("family"));
  ASSERT_TRUE(Erase().ok());
  EXPECT_EQ(Audits().size(), before + 1) << "erasing again has nothing to say";
}

// Of one without rows, too: a service that never had any says that it was asked.
TEST_F(EraserTest, HoweverOftenNobodyHeardOfItTheTrailTellsItOnce) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const std::string number = std::to_string(seed);
    const std::string empty = TestId("empty" + number), full = TestId("full" + number);
    Record record = New(number);
    record.family = full;
    ASSERT_TRUE(Create(record).ok());
    support::FaultyDb unknown(std::make_unique<support::MeddledDb>(*store.db, [](int) {}),
                              {.seed = seed, .lost_reply = 0.3, .lost = 0.4});
    Eraser unsure(On(unknown));
    for (const std::string& family : {empty, full}) {
      const auto erase = [&] { return RunSync(unsure.Erase(call, std::string(kAgency), family)); };
      for (int tries = 0; !erase().ok();) ASSERT_LT(++tries, 100);
      EXPECT_EQ(Told(family), 1) << family;
      for (int tries = 0; !erase().ok();) ASSERT_LT(++tries, 100);
      EXPECT_EQ(Told(family), 1) << family;
    }
    EXPECT_GT(unknown.faults(), 0u);
  }
}

TEST_F(EraserTest, WhatAnotherReplicaErasedIsToldOnce) {
  auto other = crypto::ErasureList::Open({store.path("erased.other")}, store.suite);
  ASSERT_TRUE(other.ok()) << other.status();
  for (const std::string& family : {TestId("family"), TestId("empty")}) {
    for (crypto::ErasureList* its : {list.get(), other->get()}) {
      Eraser::Deps deps = On(*store.db);
      Eraser replica({.db = deps.db,
                      .keys = deps.keys,
                      .list = *its,
                      .chain = deps.chain,
                      .records = deps.records,
                      .clock = deps.clock,
                      .machine = deps.machine});
      ASSERT_TRUE(RunSync(replica.Erase(call, std::string(kAgency), family)).ok());
      EXPECT_EQ(Told(family), 1);
    }
  }
}

// The approval erases, and so does its event, at the same time: whoever took the rows tells it.
TEST_F(EraserTest, OfTwoAtOnceOneTells) {
  const auto other = [](db::Tx& tx) -> absl::Status {
    const std::string family = TestId("family");
    const auto scattered = FindScattered(tx, kAgency, family);
    EXPECT_TRUE(scattered.ok()) << scattered.status();
    return DeleteFamily(tx, kAgency, family, *scattered).status();
  };
  int transactions = 0;
  support::MeddledDb meddled(*store.db, [&](int ended) {
    transactions = ended;
    if (ended == 2) EXPECT_TRUE(store.Write(other).ok());  // It saw the rows, and will delete them.
  });
  Eraser late(On(meddled));
  ASSERT_TRUE(RunSync(late.Erase(call, std::string(kAgency), TestId("family"))).ok());
  EXPECT_EQ(transactions, 3);
  EXPECT_EQ(Told(TestId("family")), 0);
}

TEST_F(EraserTest, ATrailThatDoesNotOpenKeepsNobodyFromBeingErased) {
  ASSERT_TRUE(Erase().ok());
  const auto lines = [&] { return Rows("SELECT COUNT(*) FROM audit WHERE agency_id = $1"); };
  const std::int64_t before = lines();
  const auto spoil = [](db::Tx& tx) {
    return tx.Run("UPDATE audit SET sealed = mac WHERE agency_id = $1", {kAgency}).status();
  };
  ASSERT_TRUE(store.Write(spoil).ok());
  EXPECT_TRUE(Erase().ok());
  EXPECT_EQ(lines(), before + 1);
}

TEST_F(EraserTest, AParkedQueueOfTheFamilyIsLetGo) {
  const auto park = [](db::Tx& tx) {
    return tx
        .Run(
            "INSERT INTO parked (agency_id, destination, family_id, sequence, retrying, since_us,"
            " status_code) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            {kAgency, "alliance", db::Blob{TestId("family")}, 1, false, 0, 9})
        .status();
  };
  ASSERT_TRUE(store.Write(park).ok());
  ASSERT_TRUE(Erase().ok());
  EXPECT_EQ(Rows("SELECT retrying FROM parked WHERE agency_id = $1"), 1);
}

TEST_F(EraserTest, AtStartWhatABackupBroughtBackIsErasedAgain) {
  const Record record = *Get(New("one"));
  ASSERT_TRUE(list->Add(kAgency, TestId("family"), 7).ok());  // As if both databases were restored.
  ASSERT_TRUE(Get(record).ok());
  MakeEraser();
  const auto came_back = RunSync(eraser->EraseAgain(call));
  ASSERT_TRUE(came_back.ok()) << came_back.status();
  EXPECT_EQ(*came_back, 1);
  EXPECT_EQ(Get(record).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Rows(kRecords), 0);
  EXPECT_EQ(RunSync(eraser->EraseAgain(call)).value_or(-1), 0);
}

// However many were erased, a start reads once what it has to walk over.
TEST_F(EraserTest, AtStartNothingIsReadForEachThatStayedAway) {
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(list->Add(kAgency, TestId(Concat({"gone", std::to_string(i)})), i + 1).ok());
  }
  int transactions = 0;
  support::MeddledDb counted(*store.db, [&](int ended) { transactions = ended; });
  Eraser at_start(On(counted));
  EXPECT_EQ(RunSync(at_start.EraseAgain(call)).value_or(-1), 0);
  EXPECT_EQ(transactions, 1);
  ASSERT_TRUE(list->Add(kAgency, TestId("family"), 99).ok());
  EXPECT_EQ(RunSync(at_start.EraseAgain(call)).value_or(-1), 1);
  EXPECT_EQ(Rows(kRecords), 0);
  EXPECT_EQ(Rows(kHistory) + Rows(kClaims) + Rows(kAnswers) + Rows(kEvents), 0);
}

// Each of what is left of a family is enough to find it by.
TEST_F(EraserTest, AtStartARestOfAnyKindIsFound) {
  ASSERT_TRUE(Erase().ok());
  const std::pair<const char*, const char*> rests[] = {
      {kClaims,
       "INSERT INTO claim (agency_id, value_hmac, family_id, kind, id) VALUES ($1, $2, $2, 1, $2)"},
      {kAnswers,
       "INSERT INTO answer (agency_id, caller_hmac, request_id, family_id, expires_us, reply)"
       " VALUES ($1, $2, 'request-2', $2, 9, $2)"},
      {kEvents,
       "INSERT INTO outbox (agency_id, sequence, family_id, event_type, created_us, envelope)"
       " VALUES ($1, 99, $2, 5, 9, $2)"}};
  for (const auto& [count, insert] : rests) {
    const auto put = [&](db::Tx& tx) {
      return tx.Run(insert, {kAgency, db::Blob{TestId("family")}}).status();
    };
    ASSERT_TRUE(store.Write(put).ok());
    ASSERT_EQ(Rows(count), 1);
    EXPECT_EQ(RunSync(eraser->EraseAgain(call)).value_or(-1), 1);
    EXPECT_EQ(Rows(count), 0);
  }
}

// Once the rows are gone erasing again finds nothing to tell anybody.
TEST_F(EraserTest, WhatWasComputedFromTheRowsEndsWhenTheyMayBeGone) {
  ASSERT_TRUE(list->Add(kAgency, TestId("family"), 7).ok());
  std::vector<std::string> told;
  store.records->Follow([&](std::string, std::string family, std::int64_t) -> Task<> {
    told.push_back(std::move(family));
    co_return;
  });
  for (const bool is_done : {false, true}) {
    support::FaultyDb unknown(std::make_unique<support::MeddledDb>(*store.db, [](int) {}),
                              {.lost_reply = is_done ? 1.0 : 0.0, .lost = is_done ? 0.0 : 1.0});
    Eraser unsure(On(unknown));
    told.clear();
    const auto erased = RunSync(unsure.EraseAgain(call));
    EXPECT_TRUE(db::IsCommitUnknown(erased.status())) << erased.status();
    EXPECT_THAT(told, testing::ElementsAre(TestId("family"))) << is_done;
    EXPECT_EQ(Rows(kRecords), is_done ? 0 : 1);
  }
  EXPECT_EQ(RunSync(eraser->EraseAgain(call)).value_or(-1), 0);
}

// The list was lost, the key store was not.
TEST_F(EraserTest, TheListIsMadeAgainFromTheKeyStore) {
  ASSERT_TRUE(RunSync(store.keys->Destroy(call, std::string(kAgency), TestId("family"))).ok());
  EXPECT_FALSE(eraser->IsErased(kAgency, TestId("family")));
  EXPECT_EQ(RunSync(eraser->EraseAgain(call)).value_or(-1), 1);
  MakeEraser();
  EXPECT_TRUE(eraser->IsErased(kAgency, TestId("family")));
}

class CountingHandler final : public EventHandler {
 public:
  Task<absl::StatusOr<std::optional<Changes>>> Handle(CallContext&,
                                                      const internal::v1::EventEnvelope&) override {
    ++calls;
    co_return std::nullopt;
  }
  int calls = 0;
};

class ErasureEventsTest : public EraserTest {
 protected:
  absl::StatusOr<std::optional<Changes>> Handle(EventType type, const char* source) {
    internal::v1::EventEnvelope event;
    event.set_agency(kAgency);
    event.set_family(TestId("family"));
    event.set_source(source);
    event.set_type(type);
    return RunSync(events.Handle(call, event));
  }
  CountingHandler next;
  ErasureEvents events{*eraser, next};
};

TEST_F(ErasureEventsTest, IntakesWordErasesAndIsReportedBack) {
  auto changes = Handle(EventType::EVENT_TYPE_FAMILY_ERASED, "intake");
  ASSERT_TRUE(changes.ok() && changes->has_value());
  EXPECT_TRUE(eraser->IsErased(kAgency, TestId("family")));
  ASSERT_TRUE(Commit(**std::move(changes)).ok());
  EXPECT_EQ(Rows(kEvents), 1);
  EXPECT_EQ(Rows("SELECT event_type FROM outbox WHERE agency_id = $1"),
            EventType::EVENT_TYPE_FAMILY_ERASED);
  ASSERT_TRUE(Erase().ok()) << "delivered again";
  EXPECT_EQ(Rows(kEvents), 1) << "the report is not deleted with the family's events";
}

TEST_F(ErasureEventsTest, NobodyElsesWordErases) {
  ASSERT_TRUE(Handle(EventType::EVENT_TYPE_FAMILY_ERASED, "goals").ok());
  EXPECT_FALSE(eraser->IsErased(kAgency, TestId("family")));
  EXPECT_EQ(next.calls, 1);
}

TEST_F(ErasureEventsTest, WhatIsStillSaidOfAnErasedFamilyIsLetGo) {
  ASSERT_TRUE(Handle(EventType::EVENT_TYPE_SESSION_HELD, "notes").ok());
  EXPECT_EQ(next.calls, 1);
  ASSERT_TRUE(Erase().ok());
  auto changes = Handle(EventType::EVENT_TYPE_SESSION_HELD, "notes");
  ASSERT_TRUE(changes.ok());
  EXPECT_FALSE(changes->has_value());
  EXPECT_EQ(next.calls, 1);
}

}  // namespace
}  // namespace rapport::records
