// The limit of calls in flight, tried on a model of a database: writes queue up before it, and what
// a window shows of them is computed, not waited for.
#include "platform/rpc/load_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

namespace rapport::rpc {
namespace {

using std::chrono::milliseconds;
using Time = LoadLimit::Time;

// A database that ends `rate` writes a second in order, and clients who begin `offered` a second
// while the limit lets them. A step is a millisecond.
class Model {
 public:
  explicit Model(int most) : limit(most) {}
  void Run(milliseconds time, double offered, double rate, milliseconds commit = milliseconds(1)) {
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
        took_.push_back(now_ - waiting_.front() + commit);
        waiting_.pop_front();
        ++done;
      }
      if (now_ - began_ >= LoadLimit::kWindow) Close();
    }
  }

  LoadLimit limit;
  int done = 0, shed = 0;
  Time longest{};  // of the writes of windows since it was last set to 0

 private:
  void Close() {
    const auto quickest = std::min_element(took_.begin(), took_.end());
    if (!took_.empty()) longest = std::max(longest, *std::max_element(took_.begin(), took_.end()));
    limit.Close({.length = now_ - began_,
                 .writes = static_cast<int>(took_.size()),
                 .quickest = took_.empty() ? Time(0) : *quickest,
                 .writing = static_cast<int>(waiting_.size()),
                 .in_flight = static_cast<int>(waiting_.size())});
    took_.clear();
    began_ = now_;
  }

  Time now_{}, began_{};
  double arriving_ = 0, able_ = 0;
  std::deque<Time> waiting_;
  std::vector<Time> took_;
};

constexpr int kMost = 4'096;

TEST(LoadLimit, StaysWhereItIsWhileWritesAreQuick) {
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
    EXPECT_LT(model.longest, milliseconds(250)) << rate << ": the objective of writes";
    EXPECT_GT(model.shed, 0) << rate;
  }
}

TEST(LoadLimit, AfterTheLoadItIsBackWithinFiveSeconds) {
  Model model(kMost);
  model.Run(milliseconds(5'000), 4'500, 1'500);
  ASSERT_LT(model.limit.value(), 300);
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

TEST(LoadLimit, ASlowDiskIsNotAQueue) {
  Model model(kMost);
  for (int i = 0; i < 100; ++i) {
    model.limit.Close({.length = LoadLimit::kWindow,
                       .writes = 20,
                       .quickest = milliseconds(35),
                       .writing = 5,
                       .in_flight = 5});
  }
  // Group commit: with more in flight a write waits for the commit under way and its own.
  for (int i = 0; i < 100; ++i) {
    model.limit.Close({.length = LoadLimit::kWindow,
                       .writes = 600,
                       .quickest = milliseconds(160),
                       .writing = 300,
                       .in_flight = 300});
  }
  EXPECT_EQ(model.limit.value(), kMost);
}

TEST(LoadLimit, WhatTookForEverWithFewInFlightDoesNotBecomeTheMeasure) {
  LoadLimit limit(kMost);
  for (int i = 0; i < 100; ++i) {
    limit.Close({.length = LoadLimit::kWindow,
                 .writes = 8,
                 .quickest = milliseconds(900),
                 .writing = 8,
                 .in_flight = 8});
  }
  EXPECT_EQ(limit.value(), kMost) << "refusing others would not help the eight";
  for (int i = 0; i < 100; ++i) {
    limit.Close({.length = LoadLimit::kWindow,
                 .writes = 500,
                 .quickest = milliseconds(400),
                 .writing = 500,
                 .in_flight = 500});
  }
  EXPECT_EQ(limit.value(), LoadLimit::kFloor);
}

TEST(LoadLimit, ADatabaseThatStandsStillIsSeenWithoutAnyWriteThatEnds) {
  LoadLimit limit(kMost);
  for (int i = 0; i < 20; ++i) {
    limit.Close({.length = LoadLimit::kWindow, .writing = 1'000, .in_flight = 1'000});
  }
  EXPECT_EQ(limit.value(), LoadLimit::kFloor);
  EXPECT_EQ(limit.pressure(), 9);
}

TEST(LoadLimit, ReadsThatWaitForAnotherServiceSayNothing) {
  LoadLimit limit(kMost);
  for (int i = 0; i < 20; ++i) {
    limit.Close({.length = LoadLimit::kWindow,
                 .writes = 7,
                 .quickest = milliseconds(500),
                 .writing = 7,
                 .in_flight = 2'000});
  }
  EXPECT_EQ(limit.value(), kMost);
}

TEST(LoadLimit, ASmallLimitIsKeptAsItIs) {
  LoadLimit limit(2);
  for (int i = 0; i < 20; ++i) {
    limit.Close({.length = LoadLimit::kWindow,
                 .writes = 100,
                 .quickest = milliseconds(500),
                 .writing = 2,
                 .in_flight = 2});
  }
  EXPECT_EQ(limit.value(), 2);
}

}  // namespace
}  // namespace rapport::rpc
