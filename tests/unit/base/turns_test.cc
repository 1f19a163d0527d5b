// Who wants to change the same thing goes one at a time, in the order of asking, and who leaves the
// queue keeps nobody waiting.
#include "platform/base/turns.h"

#include "platform/base/task.h"
#include "support/run_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace rapport {
namespace {

using support::RunOn;
using support::Settle;
using support::StartOn;

Task<bool> TakeAndLeave(Turns& turns, std::string key, CallContext& context) {
  const Turns::Turn turn = co_await turns.Take(std::move(key), context);
  co_return turn.held();
}

Task<void> Cancel(CallContext& context) {
  context.Cancel();
  co_return;
}

class TurnsTest : public testing::Test {
 protected:
  Turns::Turn TakeNow(const std::string& key) {
    return RunOn(one_, [](Turns& turns, std::string k, CallContext& context) -> Task<Turns::Turn> {
      co_return co_await turns.Take(std::move(k), context);
    }(turns_, key, first_));
  }

  Turns turns_;
  CallContext first_, second_, third_;
  ThreadExecutor one_, two_;
};

TEST_F(TurnsTest, AFreeTurnIsTakenAtOnce) {
  EXPECT_TRUE(TakeNow("smith").held());
  EXPECT_TRUE(TakeNow("smith").held()) << "the one before ended with its turn";
}

TEST_F(TurnsTest, WhoComesSecondWaitsForTheFirst) {
  std::optional<Turns::Turn> turn = TakeNow("smith");
  auto second = StartOn(two_, TakeAndLeave(turns_, "smith", second_));
  Settle(two_);
  EXPECT_EQ(second.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  turn.reset();
  EXPECT_TRUE(second.get());
}

TEST_F(TurnsTest, OtherFamiliesDoNotWait) {
  const Turns::Turn turn = TakeNow("smith");
  EXPECT_TRUE(RunOn(two_, TakeAndLeave(turns_, "jones", second_)));
}

TEST_F(TurnsTest, WhoIsCancelledLeavesTheQueueAndTheNextGoesOn) {
  std::optional<Turns::Turn> turn = TakeNow("smith");
  auto second = StartOn(two_, TakeAndLeave(turns_, "smith", second_));
  Settle(two_);
  auto third = StartOn(two_, TakeAndLeave(turns_, "smith", third_));
  Settle(two_);
  RunOn(two_, Cancel(second_));
  EXPECT_FALSE(second.get());
  turn.reset();
  EXPECT_TRUE(third.get());
}

TEST_F(TurnsTest, WhoIsCancelledBeforeAskingGetsNone) {
  second_.Cancel();
  EXPECT_FALSE(RunOn(two_, TakeAndLeave(turns_, "smith", second_)));
  EXPECT_TRUE(TakeNow("smith").held());
}

Task<int> CountInTurn(Turns& turns, CallContext& context, int& count, std::atomic<int>& inside) {
  const Turns::Turn turn = co_await turns.Take("smith", context);
  EXPECT_EQ(++inside, 1);
  ++count;
  --inside;
  co_return count;
}

TEST_F(TurnsTest, NobodyIsEverInsideWithAnother) {
  constexpr int kWriters = 500;
  int count = 0;
  std::atomic<int> inside = 0;
  std::vector<CallContext> contexts(kWriters);
  std::vector<std::future<int>> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.push_back(
        StartOn(i % 2 == 0 ? one_ : two_,
                CountInTurn(turns_, contexts[static_cast<std::size_t>(i)], count, inside)));
  }
  for (auto& writer : writers) writer.get();
  EXPECT_EQ(count, kWriters);
}

}  // namespace
}  // namespace rapport
