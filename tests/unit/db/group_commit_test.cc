// What one commit of many pieces of work does: each alone under its savepoint, all of them durable
// at once, the participant in step. The writer is held inside a first piece of work until the batch
// that is looked at is complete.
#include "unit/db/db_harness.h"

#include <atomic>
#include <future>
#include <limits>
#include <thread>

namespace rapport::db {
namespace {

using std::chrono_literals::operator""ns;
using testing::ElementsAre;

constexpr char kInsert[] = "INSERT INTO item (agency_id, id) VALUES ('a', $1)";
constexpr char kSelect[] = "SELECT id FROM item ORDER BY id";

// Writes down what it is told, and keeps a count as the audit chain keeps its heads.
class Recorder final : public Participant {
 public:
  void OnSavepoint() override {
    calls.push_back("savepoint");
    before_ = count;
  }
  void OnRollback() override {
    calls.push_back("rollback");
    count = before_;
  }
  absl::Status BeforeCommit(Tx& tx) override {
    calls.push_back("commit");
    if (commits_left-- == 0) return absl::InternalError("the chain is broken");
    return tx.Run("UPDATE total SET number = $1 WHERE agency_id = 'a'", {count}).status();
  }
  std::vector<std::string> calls;
  std::int64_t count = 0;
  int commits_left = std::numeric_limits<int>::max();

 private:
  std::int64_t before_ = 0;
};

class GroupCommitTest : public testing::Test {
 protected:
  void SetUp() override { Open({}); }

  void Open(SqliteDb::Options options) {
    db_.reset();
    options.path = folder_ / "test.db";
    options.participant = &recorder_;
    options.on_fatal = [this](const absl::Status& why) {
      fatal_.push_back(std::string(why.message()));
    };
    auto opened = SqliteDb::Open(std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
    ASSERT_TRUE(
        Script(*db_,
               "CREATE TABLE IF NOT EXISTS item (agency_id TEXT NOT NULL, id TEXT NOT NULL,"
               " PRIMARY KEY (agency_id, id));"
               "CREATE TABLE IF NOT EXISTS total (agency_id TEXT NOT NULL, number BIGINT NOT NULL,"
               " PRIMARY KEY (agency_id));"
               "INSERT INTO total (agency_id, number) VALUES ('a', 0)"
               " ON CONFLICT (agency_id) DO NOTHING;")
            .ok());
    recorder_.calls.clear();
  }

  // Holds the writer until Release().
  void Hold() {
    calls_.Start(HoldWriter(*db_, entered_, released_.get_future()));
    entered_.get_future().wait();
  }
  void Release() { released_.set_value(); }
  // Queues one piece of work and waits until it is queued: the order in the batch is the order
  // here.
  void Queue(std::string id, absl::Status answer, absl::Status& outcome,
             const CallContext* context = nullptr) {
    const std::uint64_t queued = db_->stats().queued;
    calls_.Start(Insert(*db_, recorder_, std::move(id), std::move(answer), outcome, context));
    while (db_->stats().queued == queued) std::this_thread::yield();
  }
  std::vector<std::string> Items() {
    std::vector<std::string> items;
    EXPECT_TRUE(Read(*db_, [&](Tx& tx) {
                  return tx
                      .Run(kSelect, {}, [&](const Row& row) { items.emplace_back(row.Bytes(0)); })
                      .status();
                }).ok());
    return items;
  }
  std::int64_t Total() {
    std::int64_t total = -1;
    EXPECT_TRUE(
        Read(*db_, [&](Tx& tx) {
          return tx.Run("SELECT number FROM total", {}, [&](const Row& row) { total = row.Int(0); })
              .status();
        }).ok());
    return total;
  }

  ScratchFolder folder_;
  Recorder recorder_;
  std::vector<std::string> fatal_;
  std::unique_ptr<SqliteDb> db_;
  std::promise<void> entered_, released_;
  Coroutines calls_{2};

 private:
  static Task<> HoldWriter(Db& db, std::promise<void>& entered, std::future<void> released) {
    PatientContext context;
    const absl::Status held = co_await db.Write(context, [&](Tx&) {
      entered.set_value();
      released.wait();
      return absl::OkStatus();
    });
    EXPECT_TRUE(held.ok() || IsCommitUnknown(held)) << held;
  }
  static Task<> Insert(Db& db, Recorder& recorder, std::string id, absl::Status answer,
                       absl::Status& outcome, const CallContext* given) {
    PatientContext patient;
    const CallContext& context = given != nullptr ? *given : patient;
    outcome = co_await db.Write(context, [&](Tx& tx) -> absl::Status {
      ++recorder.count;
      const absl::Status inserted = tx.Run(kInsert, {id}).status();
      return inserted.ok() ? answer : inserted;
    });
  }
};

TEST_F(GroupCommitTest, FailedWorkIsUndoneAloneAndItsNeighboursCommit) {
  absl::Status first, refused, taken, last;
  Hold();
  Queue("first", absl::OkStatus(), first);
  Queue("refused", absl::FailedPreconditionError("no"), refused);
  Queue("first", absl::OkStatus(), taken);
  Queue("last", absl::OkStatus(), last);
  const std::uint64_t commits = db_->stats().commits;
  Release();
  calls_.Wait();
  EXPECT_TRUE(first.ok()) << first;
  EXPECT_EQ(refused, absl::FailedPreconditionError("no"));
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(last.ok()) << last;
  EXPECT_THAT(Items(), ElementsAre("first", "last"));
  EXPECT_EQ(db_->stats().commits, commits + 2) << "the held one, and all four together";
  EXPECT_EQ(db_->stats().rollbacks, 2u);
}

TEST_F(GroupCommitTest, SaysHowLongWorkWaitedForTheCommitBeforeIt) {
  absl::Status first, second;
  Hold();
  db_->LeastWait();
  Queue("first", absl::OkStatus(), first);
  Queue("second", absl::OkStatus(), second);
  const auto queued = SteadyClock::now();
  const auto released = SteadyClock::now();
  Release();
  calls_.Wait();
  EXPECT_GT(db_->LeastWait(), released - queued) << "of the last one that came";
  EXPECT_EQ(db_->LeastWait(), 0ns) << "nothing came since";
}

TEST_F(GroupCommitTest, ParticipantFollowsSavepointsAndWritesOncePerCommit) {
  absl::Status first, refused, last;
  Hold();
  Queue("first", absl::OkStatus(), first);
  Queue("refused", absl::AbortedError("conflict"), refused);
  Queue("last", absl::OkStatus(), last);
  recorder_.calls.clear();  // The writer stands still.
  Release();
  calls_.Wait();
  EXPECT_THAT(recorder_.calls,
              ElementsAre("commit",  // of the held one
                          "savepoint", "savepoint", "rollback", "savepoint", "commit"));
  EXPECT_EQ(recorder_.count, 2) << "the undone work's step is undone";
  EXPECT_EQ(Total(), 2);
}

TEST_F(GroupCommitTest, ExpiredWorkIsPassedOverWhenItsTurnComes) {
  PatientContext given_up;
  absl::Status abandoned, kept;
  Hold();
  Queue("abandoned", absl::OkStatus(), abandoned, &given_up);
  Queue("kept", absl::OkStatus(), kept);
  given_up.Cancel();
  Release();
  calls_.Wait();
  EXPECT_EQ(abandoned.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(kept.ok());
  EXPECT_THAT(Items(), ElementsAre("kept"));
  EXPECT_EQ(db_->stats().expired, 1u);
}

TEST_F(GroupCommitTest, ABatchHasALimit) {
  Open({.max_batch = 3});
  std::vector<absl::Status> outcomes(7, absl::UnknownError(""));
  Hold();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Queue(std::to_string(i), absl::OkStatus(), outcomes[i]);
  }
  const std::uint64_t commits = db_->stats().commits;
  EXPECT_EQ(db_->stats().queued, 7u);
  Release();
  calls_.Wait();
  EXPECT_EQ(db_->stats().commits, commits + 1 + 3);
  EXPECT_EQ(db_->stats().queued, 0u);
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
}

TEST_F(GroupCommitTest, ClosingFinishesWhatIsQueued) {
  std::vector<absl::Status> outcomes(20, absl::UnknownError(""));
  Hold();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Queue(std::to_string(100 + i), absl::OkStatus(), outcomes[i]);
  }
  std::thread close([&] { db_.reset(); });
  Release();
  close.join();
  calls_.Wait();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  Open({});
  EXPECT_EQ(Items().size(), 20u);
}

TEST_F(GroupCommitTest, EveryoneInACommitThatFailsIsToldUnknownAndNothingIsServedAfter) {
  std::vector<absl::Status> outcomes(5, absl::UnknownError(""));
  absl::Status too_late;
  Open({.max_batch = 5});
  Hold();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    Queue(std::to_string(i), absl::OkStatus(), outcomes[i]);
  }
  Queue("behind", absl::OkStatus(), too_late);
  recorder_.commits_left = 1;  // The held one's.
  Release();
  calls_.Wait();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(IsCommitUnknown(outcome)) << outcome;
  EXPECT_TRUE(absl::IsUnavailable(too_late) && !IsCommitUnknown(too_late))
      << "it never ran, so it is known: " << too_late;
  EXPECT_FALSE(db_->healthy());
  EXPECT_TRUE(absl::IsUnavailable(Write(*db_, [](Tx&) { return absl::OkStatus(); })));
  EXPECT_TRUE(absl::IsUnavailable(Read(*db_, [](Tx&) { return absl::OkStatus(); })));
  EXPECT_THAT(fatal_, ElementsAre("the chain is broken")) << "once, with the reason";
}

}  // namespace
}  // namespace rapport::db
