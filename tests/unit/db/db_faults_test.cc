// A disk that fails, at each of its calls in turn; a full disk; a process that is killed. Whatever
// happens: who was told OK finds the row after a restart, who was told no does not, and after a
// commit that failed nothing is served.
#include "unit/db/db_harness.h"
#include "unit/db/driver_run.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <random>

namespace rapport::db {
namespace {

using Environment = DriverRun::Environment;
using Ids = std::set<std::int64_t>;

// The rows in the file, read by a process whose disk works.
class DriverDatabase {
 public:
  std::string path() const { return folder_ / "test.db"; }
  std::string Near(std::string_view name) const { return folder_ / name; }

  Ids Rows() {
    Ids rows;
    auto db = SqliteDb::Open({.path = path(), .quick_check = true});
    EXPECT_TRUE(db.ok()) << db.status();
    if (!db.ok()) return rows;
    const absl::Status read = Read(**db, [&](Tx& tx) {
      return tx
          .Run("SELECT id, payload FROM row WHERE agency_id = 'a'", {},
               [&](const Row& row) {
                 EXPECT_EQ(row.Bytes(1), DriverPayload(row.Int(0)));
                 rows.insert(row.Int(0));
               })
          .status();
    });
    // A fault before the first commit leaves no table; then nobody was told OK.
    EXPECT_TRUE(read.ok() || absl::IsInternal(read)) << read;
    return rows;
  }

 private:
  ScratchFolder folder_;
};

Ids Without(const Ids& all, const Ids& some) {
  Ids rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

// What must hold between what a driver was told and what is in the file.
void ExpectTruth(const DriverRun& run, const Ids& rows) {
  EXPECT_EQ(Without(run.ok, rows), Ids{}) << "told OK and lost";
  EXPECT_EQ(Without(run.no, rows), run.no) << "told no and there";
}

struct FaultCase {
  const char* call;
  const char* path;
  int error;
  bool sticky;
};

class EveryCallFailsOnce : public testing::TestWithParam<FaultCase> {};

TEST_P(EveryCallFailsOnce, AndNobodyIsToldWrong) {
  const FaultCase& fault = GetParam();
  int fatal = 0, harmless = 0, refused = 0;
  bool unknown_was_done = false;
  for (int n = 1;; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    ASSERT_LT(n, 500) << "the faults never end";
    DriverDatabase database;
    const std::string fired = database.Near("fired");
    DriverRun run({database.path(), "3", "4"}, {{"LD_PRELOAD", FAULT_SHIM},
                                                {"FAULT_CALL", fault.call},
                                                {"FAULT_PATH", fault.path},
                                                {"FAULT_N", std::to_string(n)},
                                                {"FAULT_ERRNO", std::to_string(fault.error)},
                                                {"FAULT_STICKY", fault.sticky ? "1" : "0"},
                                                {"FAULT_FIRED", fired}});
    const int code = run.Wait();
    const Ids rows = database.Rows();
    ExpectTruth(run, rows);
    if (!std::filesystem::exists(fired)) {
      EXPECT_EQ(code, 0);
      EXPECT_EQ(run.ok.size(), 12u);
      break;
    }
    EXPECT_TRUE(code == 0 || code == kFatal || code == kCannotOpen) << code;
    EXPECT_TRUE(run.unknown.empty() || (code == kFatal && run.said_fatal));
    if (code == kFatal) ++fatal;
    if (code == kCannotOpen) ++refused;
    if (code == 0) ++harmless;
    unknown_was_done |= Without(run.unknown, rows) != run.unknown;
  }
  std::printf(
      "%s on %s: %d ended the process, %d refused at start, %d harmless; unknown done: %d\n",
      fault.call, fault.path, fatal, refused, harmless, unknown_was_done);
  EXPECT_GT(fatal, 0);
}

INSTANTIATE_TEST_SUITE_P(Disk, EveryCallFailsOnce,
                         testing::Values(FaultCase{"fdatasync", "test.db", EIO, false},
                                         FaultCase{"pwrite", "test.db", EIO, false},
                                         FaultCase{"pwrite", "test.db", ENOSPC, true}),
                         [](const auto& fault) {
                           return std::string(fault.param.call) +
                                  (fault.param.error == EIO ? "_EIO" : "_ENOSPC");
                         });

// The finding that makes "unknown" a third outcome: a commit that failed, and was there after all.
TEST(FailedSync, MayHaveCommitted) {
  for (int n = 1; n < 30; ++n) {
    DriverDatabase database;
    DriverRun run({database.path(), "3", "1"}, {{"LD_PRELOAD", FAULT_SHIM},
                                                {"FAULT_CALL", "fdatasync"},
                                                {"FAULT_PATH", "test.db-wal"},
                                                {"FAULT_N", std::to_string(n)}});
    if (run.Wait() != kFatal || run.unknown.empty()) continue;
    // The log's own header is synced too: that failing leaves no row.
    if (Without(run.unknown, database.Rows()).empty()) return;
  }
  FAIL() << "no failed commit was found done";
}

TEST(FullDisk, EndsTheProcessAndTheFileIsWhole) {
  DriverDatabase database;
  DriverRun run({database.path(), "1000", "8"}, {{"DRIVER_FSIZE", "200000"}});
  EXPECT_EQ(run.Wait(), kFatal);
  EXPECT_TRUE(run.said_fatal);
  EXPECT_FALSE(run.ok.empty());
  ExpectTruth(run, database.Rows());
  // With room again it goes on where it was.
  DriverRun again({database.path(), "5", "8"}, {});
  EXPECT_EQ(again.Wait(), 0);
  EXPECT_EQ(again.ok.size(), 40u);
}

TEST(Killed, LosesNothingThatWasAcknowledged) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  DriverDatabase database;
  Ids acknowledged;
  for (int round = 0; round < 10; ++round) {
    DriverRun run({database.path(), "1000000", "40"}, {});
    run.ReadFor(std::chrono::milliseconds(std::uniform_int_distribution<int>(20, 300)(random)));
    run.Kill();
    acknowledged.insert(run.ok.begin(), run.ok.end());
    EXPECT_EQ(run.no, Ids{});
    ASSERT_EQ(Without(acknowledged, database.Rows()), Ids{}) << "round " << round;
  }
  std::printf("%zu acknowledged rows over 10 kills\n", acknowledged.size());
  EXPECT_GT(acknowledged.size(), 100u);
}

}  // namespace
}  // namespace rapport::db
