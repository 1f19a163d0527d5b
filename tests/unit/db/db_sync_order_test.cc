// Nobody is told OK before a sync that began after the rows were written has ended.
//
// The driver runs under tests/support/sync_order_shim.c; the trace is judged here. The same judge
// must find the answers of a driver with synchronous=OFF wrong, else it proves nothing.
#include "unit/db/db_harness.h"
#include "unit/db/driver_run.h"

#include <fstream>

namespace rapport::db {
namespace {

class Judge {
 public:
  explicit Judge(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    while (std::getline(in, line)) Take(line);
  }

  int answers = 0, wrong = 0, syncs = 0;

 private:
  using Position = std::int64_t;

  void Take(const std::string& line) {
    std::istringstream words(line);
    std::int64_t time = 0;
    std::string thread;
    char kind = 0;
    words >> time >> thread >> kind;
    ++now_;
    if (kind == 'P' || kind == 'C') {
      for (std::int64_t mark; words >> mark;) written_.push_back(mark);
      if (kind == 'C') Commit();
    } else if (kind == 'B') {
      began_[thread] = now_;
    } else if (kind == 'E') {
      int result = -1;
      words >> result;
      if (result == 0) synced_until_ = std::max(synced_until_, began_[thread]);
      ++syncs;
    } else if (kind == 'A') {
      std::int64_t mark = -1;
      words >> mark;
      ++answers;
      const auto committed = committed_.find(mark);
      const bool right = committed != committed_.end() && committed->second < synced_until_;
      wrong += right ? 0 : 1;
    }
  }
  // The transaction's last page was written: from here a sync makes its rows durable.
  void Commit() {
    for (const std::int64_t mark : written_) committed_[mark] = now_;
    written_.clear();
  }

  Position now_ = 0;
  Position synced_until_ = 0;              // the latest begin of a sync that has ended
  std::map<std::string, Position> began_;  // by thread
  std::vector<std::int64_t> written_;      // marks of the transaction that is being written
  std::map<std::int64_t, Position> committed_;
};

Judge JudgeDriver(std::vector<std::string> more) {
  ScratchFolder folder;
  std::vector<std::string> arguments{folder / "test.db", "50", "40"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  DriverRun run(arguments,
                {{"LD_PRELOAD", SYNC_ORDER_SHIM}, {"SYNC_ORDER_TRACE", folder / "trace"}});
  EXPECT_EQ(run.Wait(), 0);
  EXPECT_EQ(run.ok.size(), 2'000u);
  return Judge(folder / "trace");
}

TEST(SyncOrder, NoAnswerPrecedesItsSync) {
  const Judge judge = JudgeDriver({});
  EXPECT_EQ(judge.answers, 2'000);
  EXPECT_EQ(judge.wrong, 0);
  EXPECT_GT(judge.syncs, 0);
}

TEST(SyncOrder, TheJudgeFindsAnswersWithoutSyncWrong) {
  const Judge judge = JudgeDriver({"--sync=OFF"});
  EXPECT_EQ(judge.answers, 2'000);
  EXPECT_GT(judge.wrong, 1'000);
}

}  // namespace
}  // namespace rapport::db
