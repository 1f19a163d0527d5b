// What is SQLite's own: one process a file, its lock, its log, its file.
#include "unit/db/db_harness.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace rapport::db {
namespace {

constexpr char kCreate[] =
    "CREATE TABLE IF NOT EXISTS item (agency_id TEXT NOT NULL, id BIGINT NOT NULL,"
    " payload TEXT NOT NULL, PRIMARY KEY (agency_id, id));";
constexpr char kInsert[] = "INSERT INTO item (agency_id, id, payload) VALUES ('a', $1, $2)";

class SqliteDbTest : public testing::Test {
 protected:
  std::string path() const { return folder_ / "test.db"; }
  absl::StatusOr<std::unique_ptr<SqliteDb>> Open(SqliteDb::Options options = {}) {
    options.path = path();
    return SqliteDb::Open(std::move(options));
  }
  static absl::Status Insert(Db& db, std::int64_t id, std::string_view payload = "x") {
    return Write(db, [&](Tx& tx) { return tx.Run(kInsert, {id, payload}).status(); });
  }
  static std::int64_t Count(Db& db) {
    std::int64_t count = -1;
    EXPECT_TRUE(Read(db, [&](Tx& tx) {
                  return tx
                      .Run("SELECT count(*) FROM item", {},
                           [&](const Row& row) { count = row.Int(0); })
                      .status();
                }).ok());
    return count;
  }

  ScratchFolder folder_;
};

// Another program that has the file open, past our lock: a backup tool, somebody's shell.
class Outsider {
 public:
  explicit Outsider(const std::string& path) { sqlite3_open(path.c_str(), &handle_); }
  ~Outsider() { sqlite3_close(handle_); }
  bool Do(const char* sql) {
    return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  }

 private:
  sqlite3* handle_ = nullptr;
};

Task<> InsertMany(Db& db, int first, int count, int* wrong) {
  const std::string payload(300, 'p');
  for (int id = first; id < first + count; ++id) {
    PatientContext context;
    const absl::Status status =
        co_await db.Write(context, [&](Tx& tx) { return tx.Run(kInsert, {id, payload}).status(); });
    if (!status.ok()) ++*wrong;
  }
}

TEST_F(SqliteDbTest, ASecondOpenOfTheFileIsRefusedUntilTheFirstIsClosed) {
  auto first = Open();
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Open();
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), testing::HasSubstr("another process"));
  first->reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteDbTest, FilesAreReadableByTheirOwnerOnly) {
  const mode_t before = umask(0);
  auto db = Open();
  umask(before);
  ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok());
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat info{};
    ASSERT_EQ(stat((path() + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(SqliteDbTest, AFolderThatIsNotThereIsUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(SqliteDb::Open({.path = folder_ / "none/test.db"}).status()));
}

TEST_F(SqliteDbTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(path()) << std::string(8'192, 'x');
  EXPECT_EQ(Open().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteDbTest, ADamagedFileIsFoundByQuickCheckAndItsRowsAreDataLoss) {
  {
    auto db = Open();
    ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok());
    for (int id = 0; id < 200; ++id) {
      ASSERT_TRUE(Insert(**db, id, std::string(200, 'p')).ok());
    }
  }
  // All but the first page, which holds the schema.
  std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t at = 4'096; at < std::filesystem::file_size(path()); at += 4'096) {
    file.seekp(static_cast<std::streamoff>(at));
    file << std::string(64, '\xEE');
  }
  file.close();
  EXPECT_EQ(Open({.quick_check = true}).status().code(), absl::StatusCode::kDataLoss);
  auto db = Open();
  ASSERT_TRUE(db.ok()) << db.status();
  EXPECT_EQ(
      Read(**db, [](Tx& tx) { return tx.Run("SELECT payload FROM item", {}).status(); }).code(),
      absl::StatusCode::kDataLoss);
  EXPECT_TRUE((*db)->healthy()) << "a damaged page is no reason to stop the others";
}

TEST_F(SqliteDbTest, AHeldFileIsWaitedForWhileSomebodyWaits) {
  auto db = Open();
  ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok());
  Outsider outsider(path());
  ASSERT_TRUE(outsider.Do("BEGIN IMMEDIATE"));

  CallContext impatient;
  impatient.deadline = SteadyClock::now() + std::chrono::milliseconds(100);
  bool ran = false;
  const absl::Status late = RunSync(
      **db, impatient,
      [&](Tx&) {
        ran = true;
        return absl::OkStatus();
      },
      true);
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_FALSE(ran);
  EXPECT_TRUE((*db)->healthy());

  int wrong = 0;
  Coroutines calls;
  calls.Start(InsertMany(**db, 1, 1, &wrong));
  while ((*db)->stats().queued != 0) std::this_thread::yield();
  ASSERT_TRUE(outsider.Do("ROLLBACK"));
  calls.Wait();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Count(**db), 1);
}

TEST_F(SqliteDbTest, TheLogStartsOverWhileItIsBusy) {
  auto db = Open({.checkpoint_pages = 8});
  ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok());
  const std::string payload(2'000, 'p');
  const auto wait_end = SteadyClock::now() + std::chrono::seconds(30);
  std::int64_t id = 0;
  while ((*db)->stats().checkpoints < 5 && SteadyClock::now() < wait_end) {
    ASSERT_TRUE(Insert(**db, id++, payload).ok());
  }
  EXPECT_GE((*db)->stats().checkpoints, 5u);
  EXPECT_LT((*db)->stats().wal_pages, 200u) << "frames pile up in a log that never starts over";
  EXPECT_EQ(Count(**db), id);
}

TEST_F(SqliteDbTest, ClosingLeavesOneFileAndItsLock) {
  {
    auto db = Open();
    ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok() && Insert(**db, 1).ok());
    EXPECT_EQ(Count(**db), 1);
    // A reader of a thread that is gone must not keep the file either.
    std::thread([&] { Count(**db); }).join();
    EXPECT_TRUE(std::filesystem::exists(path() + "-wal"));
  }
  EXPECT_FALSE(std::filesystem::exists(path() + "-wal"));
  EXPECT_TRUE(Outsider(path()).Do("DELETE FROM item"));
}

TEST_F(SqliteDbTest, TwoDatabasesOfOneThreadAreNotMixedUp) {
  auto one = Open();
  auto two = SqliteDb::Open({.path = folder_ / "two.db"});
  ASSERT_TRUE(one.ok() && two.ok());
  ASSERT_TRUE(Script(**one, kCreate).ok() && Script(**two, kCreate).ok());
  ASSERT_TRUE(Insert(**one, 1).ok());
  EXPECT_EQ(Count(**one), 1);
  EXPECT_EQ(Count(**two), 0);
}

TEST_F(SqliteDbTest, StatisticsCount) {
  auto db = Open();
  ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok());
  const SqliteDb::Stats before = (*db)->stats();
  ASSERT_TRUE(Insert(**db, 1).ok());
  ASSERT_FALSE(Insert(**db, 1).ok());
  const SqliteDb::Stats after = (*db)->stats();
  EXPECT_EQ(after.commits - before.commits, 2u);
  EXPECT_EQ(after.transactions - before.transactions, 1u);
  EXPECT_EQ(after.rollbacks - before.rollbacks, 1u);
  EXPECT_EQ(after.queued, 0u);
  EXPECT_GT(after.wal_pages, 0u);
}

// Prints, so that a regression shows; asserts only what any machine reaches.
TEST_F(SqliteDbTest, ThroughputAtEightyInFlight) {
  constexpr int kInFlight = 80, kEach = 100;
  auto db = Open();
  ASSERT_TRUE(db.ok() && Script(**db, kCreate).ok());
  int wrong = 0;
  const auto start = SteadyClock::now();
  {
    Coroutines calls(1);
    for (int i = 0; i < kInFlight; ++i) {
      calls.Start(InsertMany(**db, i * kEach, kEach, &wrong));
    }
  }
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  const SqliteDb::Stats stats = (*db)->stats();
  std::printf("%d in flight: %.0f durable rows/s, %.1f rows a commit, %llu checkpoints\n",
              kInFlight, kInFlight * kEach / seconds,
              static_cast<double>(stats.transactions) / static_cast<double>(stats.commits),
              static_cast<unsigned long long>(stats.checkpoints));
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Count(**db), kInFlight * kEach);
  EXPECT_GT(stats.transactions, 4 * stats.commits) << "what waits is committed together";
}

}  // namespace
}  // namespace rapport::db
