// The limit of calls in flight, tried on a model of a database: work queues up before it, and what
// a window shows of that is computed, not waited for.
#include "platform/rpc/load_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

namespace rapport::rpc {
namespace {

using std::chrono::milliseconds;
using Time = LoadLimit::Time;

// A database that begins `rate` pieces of work a second in order, and clients who ask for `offered`
// a second while the limit lets them. A step is a millisecond.
class Model {
 public:
  explicit Model(int most) : limit(most) {}
  void Run(milliseconds time, double offered, double rate) {
    for (auto step = milliseconds(0); step < time; step += milliseconds(1)) {
      now_ += milliseconds(1);
      for (arriving_ += offered / 1e3; arriving_ >= 1; --arriving_) {
        if (static_cast<int>(waiting_.size()) < limit.value()) {
          waiting_.push_back(now_);
        } else {
          ++shed;
        }
      }
      for (able_ += rate / 1e3; able_ >= 1; --able_) {
        if (waiting_.empty()) continue;
        const Time waited = now_ - waiting_.front();
        least_ = std::min(least_.value_or(waited), waited);
        longest = std::max(longest, waited);
        waiting_.pop_front();
        ++done;
      }
      if (now_ - began_ >= LoadLimit::kWindow) Close();
    }
  }

  LoadLimit limit;
  int done = 0, shed = 0;
  Time longest{};  // since it was last set to 0

 private:
  void Close() {
    limit.Close({.length = now_ - began_,
                 .wait = least_.value_or(Time(0)),
                 .in_flight = static_cast<int>(waiting_.size())});
    least_.reset();
    began_ = now_;
  }

  Time now_{}, began_{};
  double arriving_ = 0, able_ = 0;
  std::deque<Time> waiting_;
  std::optional<Time> least_;
};

constexpr int kMost = 4'096;

TEST(LoadLimit, StaysWhereItIsWhileNothingQueuesUp) {
  Model model(kMost);
  model.Run(milliseconds(10'000), 1'900, 2'000);
  EXPECT_EQ(model.limit.value(), kMost);
  EXPECT_EQ(model.shed, 0);
}

TEST(LoadLimit, FindsWhatADatabaseCanDoAndKeepsItBusy) {
  for (const int rate : {1'500, 5'000, 20'000}) {
    Model model(kMost);
    model.Run(milliseconds(2'000), 3 * rate, rate);
    model.done = 0;
    model.longest = {};
    model.Run(milliseconds(10'000), 3 * rate, rate);
    EXPECT_GT(model.done, 9.5 * rate) << rate;
    EXPECT_LT(model.longest, milliseconds(150)) << rate << ": the objective of writes is 250";
    EXPECT_GT(model.shed, 0) << rate;
  }
}

TEST(LoadLimit, AfterTheLoadItIsBackWithinFiveSeconds) {
  Model model(kMost);
  model.Run(milliseconds(5'000), 4'500, 1'500);
  ASSERT_LT(model.limit.value(), 200);
  model.Run(milliseconds(5'000), 1'000, 1'500);
  EXPECT_GT(model.limit.value(), 2'000);
  model.shed = 0;
  model.Run(milliseconds(1'000), 1'400, 1'500);
  EXPECT_EQ(model.shed, 0);
}

TEST(LoadLimit, TimeWithoutACallIsTimeToRecover) {
  Model model(kMost);
  model.Run(milliseconds(5'000), 4'500, 1'500);
  model.limit.Close({.length = std::chrono::seconds(5)});
  EXPECT_EQ(model.limit.value(), kMost);
  EXPECT_EQ(model.limit.pressure(), 0);
}

TEST(LoadLimit, ABurstThatTheDatabaseTakesInStrideChangesNothing) {
  Model model(kMost);
  for (int i = 0; i < 20; ++i) {
    model.Run(milliseconds(20), 10'000, 5'000);  // 100 too many, gone 20 ms later
    model.Run(milliseconds(180), 500, 5'000);
  }
  EXPECT_EQ(model.limit.value(), kMost);
}

TEST(LoadLimit, NeverFallsBelowWhatMakesNoQueue) {
  LoadLimit limit(kMost);
  for (int i = 0; i < 20; ++i) {
    limit.Close({.length = LoadLimit::kWindow, .wait = milliseconds(900), .in_flight = 1'000});
  }
  EXPECT_EQ(limit.value(), LoadLimit::kFloor);
  EXPECT_EQ(limit.pressure(), 9);
}

TEST(LoadLimit, FewCallsThatWaitLongAreNotHelpedByRefusingOthers) {
  LoadLimit limit(kMost);
  for (int i = 0; i < 20; ++i) {
    limit.Close({.length = LoadLimit::kWindow, .wait = milliseconds(900), .in_flight = 8});
  }
  EXPECT_EQ(limit.value(), kMost);
}

TEST(LoadLimit, ASmallLimitIsKeptAsItIs) {
  LoadLimit limit(2);
  for (int i = 0; i < 20; ++i) {
    limit.Close({.length = LoadLimit::kWindow, .wait = milliseconds(500), .in_flight = 2});
  }
  EXPECT_EQ(limit.value(), 2);
}

}  // namespace
}  // namespace rapport::rpc
