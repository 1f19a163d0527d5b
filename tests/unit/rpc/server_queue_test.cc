// The server's queue: calls before background work, and background work all the same.
#include "platform/rpc/server_queue.h"

#include "platform/base/task.h"
#include "platform/base/yield.h"
#include "support/eventually.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <vector>

namespace rapport::rpc {
namespace {

class ServerQueueTest : public testing::Test {
 protected:
  ServerQueueTest() {
    grpc::ServerBuilder builder;
    queue_.emplace(builder.AddCompletionQueue());
    server_ = builder.BuildAndStart();
    queue_->Start();
  }
  ~ServerQueueTest() override { Stop(); }

  void Stop() {
    if (!server_) return;
    server_->Shutdown();
    queue_->StopAndJoin();
    server_.reset();
  }

  std::optional<ServerQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

constexpr int kWorkers = 16, kSlices = 4;

TEST_F(ServerQueueTest, ACallWaitsForOneSliceOfBackgroundWork) {
  std::vector<char> order;
  std::promise<void> ended;
  int running = kWorkers;
  const auto call = [&]() -> Task<> {
    order.push_back('c');
    co_return;
  };
  const auto arrive = [&]() -> Task<> {  // As what another thread posts.
    struct Posted {
      ServerQueue& queue;
      bool await_ready() const { return false; }
      void await_suspend(Handle handle) const { queue.Post({&handle, 1}); }
      void await_resume() const {}
    };
    co_await Posted{*queue_};
    co_await call();
  };
  const auto work = [&]() -> Task<> {
    for (int i = 0; i < kSlices; ++i) {
      co_await Yield();
      order.push_back('s');
      Spawn(arrive());
    }
    if (--running == 0) ended.set_value();
  };
  const auto begin = [&]() -> Task<> {
    co_await ResumeOn{*queue_};
    for (int i = 0; i < kWorkers; ++i) Spawn(work());
  };
  Spawn(begin());
  ended.get_future().wait();
  Stop();
  ASSERT_EQ(order.size(), 2U * kWorkers * kSlices);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(order[i], i % 2 == 0 ? 's' : 'c') << i;
  }
}

TEST_F(ServerQueueTest, BackgroundWorkEndsThoughCallsNeverDo) {
  std::promise<void> ended, left;
  bool done = false;
  const auto calls = [&]() -> Task<> {
    while (!done) {
      struct Again {
        ServerQueue& queue;
        bool await_ready() const { return false; }
        void await_suspend(Handle handle) const { queue.Post({&handle, 1}); }
        void await_resume() const {}
      };
      co_await Again{*queue_};
    }
    left.set_value();
  };
  const auto work = [&]() -> Task<> {
    for (int i = 0; i < kSlices; ++i) co_await Yield();
    done = true;
    ended.set_value();
  };
  const auto begin = [&]() -> Task<> {
    co_await ResumeOn{*queue_};
    Spawn(calls());
    Spawn(work());
  };
  Spawn(begin());
  ended.get_future().wait();
  left.get_future().wait();
}

// A slice of 2 ms is followed by a pause of 6.
TEST_F(ServerQueueTest, AThreadForBackgroundWorkStandsBackWhileCallsWait) {
  constexpr std::chrono::milliseconds kSlice{2};
  std::atomic<bool> pressed{false};
  ServerQueue behind(queue_->answers());
  behind.StartBehindCalls([&] { return pressed.load(); });
  // Of all slices and the pauses between them, without the last one's.
  const auto time_of_slices = [&] {
    std::promise<SteadyClock::duration> took;
    const auto work = [&]() -> Task<> {
      co_await ResumeOn{behind};
      const auto began = SteadyClock::now();
      for (int i = 0; i < kSlices; ++i) {
        co_await Yield();
        const auto until = SteadyClock::now() + kSlice;
        while (SteadyClock::now() < until) {
        }
      }
      took.set_value(SteadyClock::now() - began);
    };
    Spawn(work());
    return took.get_future().get();
  };
  constexpr auto kWithPauses = kSlices * kSlice + (kSlices - 1) * 3 * kSlice;
  // Others may have had the processor: once it was quick is enough.
  EXPECT_TRUE(support::Eventually([&] { return time_of_slices() < kWithPauses; }));
  pressed = true;
  EXPECT_GE(time_of_slices(), kWithPauses);
  behind.StopAndJoin();
}

TEST_F(ServerQueueTest, WhatHasBegunIsEndedBeforeTheQueueIs) {
  std::promise<void> begun;
  int slices = 0;
  const auto work = [&]() -> Task<> {
    for (int i = 0; i < 1'000; ++i) {
      co_await Yield();
      ++slices;
    }
  };
  const auto begin = [&]() -> Task<> {
    co_await ResumeOn{*queue_};
    Spawn(work());
    begun.set_value();
  };
  Spawn(begin());
  begun.get_future().wait();
  Stop();
  EXPECT_EQ(slices, 1'000);
}

}  // namespace
}  // namespace rapport::rpc
