// What a queue says of itself: the least wait, and when that is news.
#include "platform/db/queue_wait.h"

#include <gtest/gtest.h>

namespace rapport::db {
namespace {

using std::chrono::milliseconds;

class QueueWaitTest : public testing::Test {
 protected:
  void Begins(milliseconds waited) { wait.Begins(now - waited, now); }

  QueueWait wait;
  QueueWait::TimePoint now{std::chrono::hours(1)};
};

TEST_F(QueueWaitTest, SaysTheLeastThatAnyWorkWaitedAndThenForgetsIt) {
  Begins(milliseconds(70));
  Begins(milliseconds(20));
  Begins(milliseconds(90));
  EXPECT_EQ(wait.Take(now - milliseconds(600), now), milliseconds(20))
      << "work began: what still waits says nothing";
  EXPECT_EQ(wait.Take({}, now), milliseconds(0));
}

TEST_F(QueueWaitTest, ACommitThatTakesItsTimeIsNoQueue) {
  EXPECT_EQ(wait.Take(now - milliseconds(499), now), milliseconds(0));
}

TEST_F(QueueWaitTest, ADatabaseThatStandsStillIsSeenByWhatWaits) {
  EXPECT_EQ(wait.Take(now - milliseconds(800), now), milliseconds(800));
}

}  // namespace
}  // namespace rapport::db
