// Of many who want the same at once one gets it, and nobody's misfortune is another's.
#include "platform/base/single_flight.h"

#include "support/run_task.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <vector>

namespace rapport {
namespace {

using support::Door;
using support::RunOn;
using support::Settle;
using support::StartOn;
using Flights = SingleFlight<int>;

constexpr auto kNothing = [] {};

Task<std::optional<int>> Follow(Flights& flights, CallContext& context) {
  auto seat = flights.Join("key");
  EXPECT_FALSE(seat.leads());
  co_return co_await seat.Wait(context);
}

// Joins and waits as often as it takes until it leads, then lands with `mine`.
Task<int> JoinUntilLanded(Flights& flights, CallContext& context, int mine) {
  for (;;) {
    auto seat = flights.Join("key");
    if (seat.leads()) {
      seat.Land(mine, kNothing);
      co_return mine;
    }
    if (const auto landed = co_await seat.Wait(context)) co_return *landed;
  }
}

Task<void> Cancel(CallContext& context) {
  context.Cancel();
  co_return;
}

class SingleFlightTest : public testing::Test {
 protected:
  Flights flights_;
  CallContext context_, other_context_;
  ThreadExecutor one_, two_;
};

TEST_F(SingleFlightTest, TheFirstLeadsAndItsResultIsEveryones) {
  auto leader = flights_.Join("key");
  ASSERT_TRUE(leader.leads());
  auto a = StartOn(one_, Follow(flights_, context_));
  auto b = StartOn(two_, Follow(flights_, other_context_));
  Settle(one_);
  Settle(two_);
  EXPECT_TRUE(leader.Land(42, kNothing));
  EXPECT_EQ(a.get(), 42);
  EXPECT_EQ(b.get(), 42);
}

TEST_F(SingleFlightTest, KeysDoNotWaitForEachOther) {
  auto leader = flights_.Join("key");
  EXPECT_TRUE(flights_.Join("another key").leads());
  EXPECT_TRUE(leader.leads());
}

TEST_F(SingleFlightTest, AfterTheLandingTheNextOneLeads) {
  flights_.Join("key").Land(1, kNothing);
  EXPECT_TRUE(flights_.Join("key").leads());
}

TEST_F(SingleFlightTest, WhoJoinedBeforeTheLandingGetsItHoweverLateItWaits) {
  auto leader = flights_.Join("key");
  auto late = flights_.Join("key");
  leader.Land(7, kNothing);
  EXPECT_EQ(RunOn(one_,
                  [](Flights::Seat& seat, CallContext& context) -> Task<std::optional<int>> {
                    co_return co_await seat.Wait(context);
                  }(late, context_)),
            7);
}

TEST_F(SingleFlightTest, ALeaderThatLeavesWithoutLandingLetsAnotherLead) {
  std::future<int> waiting;
  {
    auto leader = flights_.Join("key");
    waiting = StartOn(one_, JoinUntilLanded(flights_, context_, 5));
    Settle(one_);
    try {
      auto moved = std::move(leader);
      throw std::runtime_error("the load failed badly");
    } catch (const std::runtime_error&) {
    }
  }
  EXPECT_EQ(waiting.get(), 5);
}

TEST_F(SingleFlightTest, ACancelledWaiterLeavesAndTheOthersStay) {
  auto leader = flights_.Join("key");
  auto cancelled = StartOn(one_, Follow(flights_, context_));
  auto stays = StartOn(one_, Follow(flights_, other_context_));
  Settle(one_);
  RunOn(one_, Cancel(context_));
  EXPECT_EQ(cancelled.get(), std::nullopt);
  EXPECT_EQ(stays.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  leader.Land(3, kNothing);
  EXPECT_EQ(stays.get(), 3);
}

TEST_F(SingleFlightTest, ACallThatIsOverDoesNotWait) {
  auto leader = flights_.Join("key");
  RunOn(one_, Cancel(context_));
  EXPECT_EQ(RunOn(one_, Follow(flights_, context_)), std::nullopt);
  leader.Land(3, kNothing);
}

TEST_F(SingleFlightTest, AForgottenFlightServesItsPassengersAndNobodyElse) {
  auto old_leader = flights_.Join("key");
  auto passenger = StartOn(one_, Follow(flights_, context_));
  Settle(one_);
  flights_.Forget("key", kNothing);

  auto new_leader = flights_.Join("key");
  ASSERT_TRUE(new_leader.leads());
  bool kept = false;
  EXPECT_FALSE(old_leader.Land(1, [&] { kept = true; })) << "it may be outdated";
  EXPECT_FALSE(kept);
  EXPECT_EQ(passenger.get(), 1);
  EXPECT_TRUE(new_leader.Land(2, [&] { kept = true; }));
  EXPECT_TRUE(kept);
}

TEST_F(SingleFlightTest, ThousandsOnTwoThreadsShareFewFlights) {
  constexpr int kCalls = 4'000;
  std::atomic<int> flown{0};
  const auto fly = [](Flights& flights, CallContext& context, std::atomic<int>& count,
                      Executor& elsewhere) -> Task<int> {
    auto seat = flights.Join("key");
    if (!seat.leads()) co_return (co_await seat.Wait(context)).value_or(-1);
    const int mine = ++count;
    co_await support::On{elsewhere};
    seat.Land(mine, kNothing);
    co_return mine;
  };
  std::vector<std::future<int>> results;
  for (int i = 0; i < kCalls; ++i) {
    Executor& home = i % 2 == 0 ? static_cast<Executor&>(one_) : two_;
    Executor& other = i % 2 == 0 ? static_cast<Executor&>(two_) : one_;
    results.push_back(
        StartOn(home, fly(flights_, i % 2 == 0 ? context_ : other_context_, flown, other)));
  }
  int highest = 0;
  for (auto& result : results) {
    const int got = result.get();
    EXPECT_GT(got, 0);
    highest = std::max(highest, got);
  }
  EXPECT_EQ(highest, flown);
}

}  // namespace
}  // namespace rapport
