// What every engine promises about transactions: all or nothing, snapshots, one outcome of three.
#include "unit/db/db_harness.h"

#include <atomic>
#include <chrono>
#include <stdexcept>

namespace rapport::db {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kInsert[] = "INSERT INTO item (agency_id, id, number) VALUES ('a', $1, $2)";
constexpr char kCount[] = "SELECT count(*) FROM item";
constexpr char kIncrement[] =
    "UPDATE item SET number = number + 1 WHERE agency_id = 'a' AND id = $1";
constexpr char kNumber[] = "SELECT number FROM item WHERE agency_id = 'a' AND id = $1";

class DbTransactions : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    ASSERT_TRUE(Script(db(),
                       "CREATE TABLE item (agency_id TEXT NOT NULL, id TEXT NOT NULL,"
                       " number BIGINT NOT NULL, PRIMARY KEY (agency_id, id));")
                    .ok());
  }
};

TEST_P(DbTransactions, WorkSeesWhatItWrote) {
  std::int64_t seen = 0;
  ASSERT_TRUE(Write(db(), [&](Tx& tx) -> absl::Status {
                auto inserted = tx.Run(kInsert, {"x", 41});
                if (inserted.ok()) inserted = tx.Run(kIncrement, {"x"});
                if (!inserted.ok()) return inserted.status();
                return tx.Run(kNumber, {"x"}, [&](const Row& row) { seen = row.Int(0); }).status();
              }).ok());
  EXPECT_EQ(seen, 42);
}

TEST_P(DbTransactions, RefusedWorkLeavesNothing) {
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    auto inserted = tx.Run(kInsert, {"x", 1});
    return inserted.ok() ? absl::FailedPreconditionError("changed my mind") : inserted.status();
  });
  EXPECT_EQ(status, absl::FailedPreconditionError("changed my mind"));
  EXPECT_EQ(Number(kCount), 0);
}

TEST_P(DbTransactions, AnErrorEndsTheTransactionEvenIfTheWorkIgnoresIt) {
  ASSERT_TRUE(Do(kInsert, {"x", 1}).ok());
  absl::Status later;
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    tx.Run(kInsert, {"y", 1}).status().IgnoreError();
    tx.Run(kInsert, {"x", 1}).status().IgnoreError();
    later = tx.Run(kInsert, {"z", 1}).status();
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(later.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Number(kCount), 1);
}

TEST_P(DbTransactions, AnExceptionIsInternalAndLeavesNothing) {
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    tx.Run(kInsert, {"x", 1}).status().IgnoreError();
    throw std::runtime_error("a bug");
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Number(kCount), 0);
  EXPECT_EQ(Read(db(), [](Tx&) -> absl::Status { throw std::runtime_error("a bug"); }).code(),
            absl::StatusCode::kInternal);
  EXPECT_TRUE(Do(kInsert, {"x", 1}).ok());
}

TEST_P(DbTransactions, AnExceptionInARowCallbackDoesNotHoldTheSnapshot) {
  ASSERT_TRUE(Do(kInsert, {"x", 1}).ok());
  const auto read = [&](bool fail) {
    std::int64_t number = 0;
    Read(db(), [&](Tx& tx) {
      return tx
          .Run(kNumber, {"x"},
               [&](const Row& row) {
                 if (fail) throw std::runtime_error("a bug");
                 number = row.Int(0);
               })
          .status();
    }).IgnoreError();
    return number;
  };
  read(true);
  ASSERT_TRUE(Do(kIncrement, {"x"}).ok());
  EXPECT_EQ(read(false), 2);
}

TEST_P(DbTransactions, ConflictIsNotRetriedByTheDriver) {
  int runs = 0;
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    ++runs;
    auto inserted = tx.Run(kInsert, {"x", 1});
    return inserted.ok() ? absl::AbortedError("somebody else was faster") : inserted.status();
  });
  EXPECT_EQ(status, absl::AbortedError("somebody else was faster"));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Number(kCount), 0);
}

TEST_P(DbTransactions, ExpiredWorkNeverRuns) {
  CallContext late;
  late.deadline = SteadyClock::now() - std::chrono::seconds(1);
  PatientContext cancelled;
  cancelled.Cancel();
  for (const CallContext* context :
       {static_cast<CallContext*>(&late), static_cast<CallContext*>(&cancelled)}) {
    for (const bool write : {true, false}) {
      bool ran = false;
      const absl::Status status = RunSync(
          db(), *context,
          [&](Tx&) {
            ran = true;
            return absl::OkStatus();
          },
          write);
      EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
      EXPECT_FALSE(ran);
    }
  }
}

TEST_P(DbTransactions, ReadIsOneSnapshot) {
  ASSERT_TRUE(Do(kInsert, {"x", 1}).ok());
  std::vector<std::int64_t> seen;
  const absl::Status status = Read(db(), [&](Tx& tx) -> absl::Status {
    const auto look = [&] {
      return tx.Run(kNumber, {"x"}, [&](const Row& row) { seen.push_back(row.Int(0)); }).status();
    };
    absl::Status looked = look();
    // Another transaction commits between two statements of this one.
    std::thread([&] { EXPECT_TRUE(Do(kIncrement, {"x"}).ok()); }).join();
    if (looked.ok()) looked = look();
    return looked;
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(1, 1));
  EXPECT_EQ(Number(kNumber, {"x"}), 2);
}

TEST_P(DbTransactions, ReadMustNotChangeAnything) {
  EXPECT_FALSE(Read(db(), [&](Tx& tx) { return tx.Run(kInsert, {"x", 1}).status(); }).ok());
  EXPECT_FALSE(Read(db(), [&](Tx& tx) { return tx.Script("DROP TABLE item;"); }).ok());
  EXPECT_EQ(Number(kCount), 0);
}

TEST_P(DbTransactions, StatementInsideARowCallbackIsRefused) {
  ASSERT_TRUE(Do(kInsert, {"x", 1}).ok());
  absl::Status inner;
  ASSERT_TRUE(Write(db(), [&](Tx& tx) {
                return tx
                    .Run(kNumber, {"x"},
                         [&](const Row&) { inner = tx.Run(kIncrement, {"x"}).status(); })
                    .status();
              }).ok());
  EXPECT_EQ(inner.code(), absl::StatusCode::kInternal);
}

TEST_P(DbTransactions, ScriptIsPartOfItsTransaction) {
  const absl::Status status = Write(db(), [&](Tx& tx) -> absl::Status {
    const absl::Status made = tx.Script(
        "CREATE TABLE other (agency_id TEXT NOT NULL, PRIMARY KEY (agency_id));"
        "INSERT INTO other (agency_id) VALUES ('a');");
    return made.ok() ? absl::CancelledError() : made;
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Do("DELETE FROM other").code(), absl::StatusCode::kInternal);
}

TEST_P(DbTransactions, CommittedDataIsThereAfterOpeningAgain) {
  ASSERT_TRUE(Do(kInsert, {"x", 7}).ok());
  Reopen({});
  EXPECT_EQ(Number(kNumber, {"x"}), 7);
}

TEST_P(DbTransactions, BlockingIsRefusedOnAThreadThatServesCalls) {
  Coroutines calls;
  absl::Status status;
  calls.Start([](Db& db, absl::Status& out) -> Task<> {
    out = Write(db, [](Tx&) { return absl::OkStatus(); });
    co_return;
  }(db(), status));
  calls.Wait();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

Task<> IncrementOften(Db& db, std::string id, int times, const Executor* home,
                      std::atomic<int>& wrong) {
  for (int i = 0; i < times; ++i) {
    PatientContext context;
    const absl::Status status =
        co_await db.Write(context, [&](Tx& tx) { return tx.Run(kIncrement, {id}).status(); });
    if (!status.ok() || Executor::Current() != home) ++wrong;
  }
}

TEST_P(DbTransactions, ConcurrentWritersLoseNothingAndContinueAtHome) {
  for (const char* id : {"x", "y"}) ASSERT_TRUE(Do(kInsert, {id, 0}).ok());
  std::atomic<int> wrong{0};
  Coroutines calls(3);
  for (std::size_t i = 0; i < 120; ++i) {
    calls.Start(IncrementOften(db(), i % 2 == 0 ? "x" : "y", 20, &calls.home(i), wrong));
  }
  calls.Wait();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Number(kNumber, {"x"}), 1'200);
  EXPECT_EQ(Number(kNumber, {"y"}), 1'200);
}

Task<> InsertOnce(Db& db, std::string id, std::atomic<int>& won, std::atomic<int>& taken) {
  PatientContext context;
  const absl::Status status =
      co_await db.Write(context, [&](Tx& tx) { return tx.Run(kInsert, {id, 1}).status(); });
  if (status.ok()) ++won;
  if (absl::IsAlreadyExists(status)) ++taken;
}

TEST_P(DbTransactions, OfManyWhoClaimAKeyExactlyOneWins) {
  std::atomic<int> won{0}, taken{0};
  Coroutines calls(2);
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 8; ++i) {
      calls.Start(InsertOnce(db(), "key " + std::to_string(round), won, taken));
    }
  }
  calls.Wait();
  EXPECT_EQ(won, 50);
  EXPECT_EQ(taken, 350);
  EXPECT_EQ(Number(kCount), 50);
}

TEST_P(DbTransactions, QueueLongerThanABatchIsWorkedOff) {
  Reopen({.max_batch = 8});
  std::atomic<int> won{0}, taken{0};
  Coroutines calls(2);
  for (int i = 0; i < 1'000; ++i) calls.Start(InsertOnce(db(), std::to_string(i), won, taken));
  calls.Wait();
  EXPECT_EQ(won, 1'000);
  EXPECT_EQ(Number(kCount), 1'000);
}

Task<> ReadBack(Db& db, std::string id, std::atomic<int>& wrong) {
  PatientContext context;
  absl::Status status =
      co_await db.Write(context, [&](Tx& tx) { return tx.Run(kInsert, {id, 5}).status(); });
  std::int64_t seen = 0;
  if (status.ok()) {
    status = co_await db.Read(context, [&](Tx& tx) {
      return tx.Run(kNumber, {id}, [&](const Row& row) { seen = row.Int(0); }).status();
    });
  }
  if (!status.ok() || seen != 5) ++wrong;
}

TEST_P(DbTransactions, WhoeverWasToldOkReadsWhatItWrote) {
  std::atomic<int> wrong{0};
  Coroutines calls(3);
  for (int i = 0; i < 300; ++i) calls.Start(ReadBack(db(), std::to_string(i), wrong));
  calls.Wait();
  EXPECT_EQ(wrong, 0);
}

RAPPORT_ON_EVERY_ENGINE(DbTransactions);

TEST(CommitUnknown, IsToldFromOtherRefusals) {
  EXPECT_TRUE(IsCommitUnknown(CommitUnknownError()));
  EXPECT_EQ(CommitUnknownError().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(IsCommitUnknown(absl::UnavailableError("busy")));
  EXPECT_FALSE(IsCommitUnknown(absl::OkStatus()));
}

}  // namespace
}  // namespace rapport::db
