#include "platform/rpc/server_queue.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace rapport::rpc {

namespace {

// A thread without a pause for so long is asked at every turn whether it has one now; before that
// nobody needs to know.
constexpr std::int64_t kNoPauseMillis = 5;
// Under load background work waits so many times as long as its last slice took.
constexpr int kCallsFirst = 3;
// A third of what a call's thread gets where both want the same processor.
constexpr int kBackgroundNice = 5;

// Its thread waits for its events alone; those who serve calls do the reading for it.
class UnpolledQueue final : public grpc::CompletionQueue {
 public:
  UnpolledQueue()
      : CompletionQueue(grpc_completion_queue_attributes{GRPC_CQ_CURRENT_VERSION, GRPC_CQ_NEXT,
                                                         GRPC_CQ_NON_POLLING, nullptr}) {}
};

}  // namespace

ServerQueue::ServerQueue(grpc::CompletionQueue* answers)
    : answers_(answers), queue_(std::make_unique<UnpolledQueue>()) {}

std::chrono::nanoseconds ServerQueue::Busy(SteadyClock::time_point now) const {
  const auto since = busy_since_.load(std::memory_order_relaxed);
  return since < now ? now - since : std::chrono::nanoseconds(0);
}

bool ServerQueue::Next(void** tag, bool* ok) {
  while (!later_.empty()) {
    const auto came = queue_->AsyncNext(tag, ok, NextSlice());
    if (came != grpc::CompletionQueue::TIMEOUT) return came == grpc::CompletionQueue::GOT_EVENT;
    // Calls that come meanwhile wait for one slice: that is no lack of time.
    busy_since_.store(SteadyClock::now(), std::memory_order_relaxed);
    ResumeLater();
  }
  const auto came = queue_->AsyncNext(tag, ok, look_at_);
  if (came != grpc::CompletionQueue::TIMEOUT) return came == grpc::CompletionQueue::GOT_EVENT;
  busy_since_.store(kWaits, std::memory_order_relaxed);
  const bool got = queue_->Next(tag, ok);
  busy_since_.store(SteadyClock::now(), std::memory_order_relaxed);
  look_at_ = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                          gpr_time_from_millis(kNoPauseMillis, GPR_TIMESPAN));
  return got;
}

gpr_timespec ServerQueue::NextSlice() const {
  if (!pressed_ || !pressed_()) return gpr_time_0(GPR_CLOCK_MONOTONIC);
  const std::chrono::nanoseconds left = later_again_ - SteadyClock::now();
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(std::max(left.count(), std::int64_t{0}), GPR_TIMESPAN));
}

void ServerQueue::Start() {
  thread_ = std::thread([this] { Run(); });
}

void ServerQueue::StartBehindCalls(std::function<bool()> pressed) {
  pressed_ = std::move(pressed);
  thread_ = std::thread([this] {
    // Of this thread alone, on Linux. Where it is refused this one goes on as the others do.
    [[maybe_unused]] const int now = ::nice(kBackgroundNice);
    Run();
  });
}

void ServerQueue::Run() {
  SetCurrent(this);
  void* tag;
  bool ok;
  while (Next(&tag, &ok)) {
    auto* event = static_cast<Event*>(tag);
    event->fire(event->self, ok);
    if (!later_.empty() && SteadyClock::now() >= later_again_) ResumeLater();
  }
  while (!later_.empty()) ResumeLater();
}

void ServerQueue::Post(std::span<const Handle> ready) {
  std::lock_guard lock(mutex_);
  const bool was_empty = posted_.empty();
  posted_.insert(posted_.end(), ready.begin(), ready.end());
  // Under the lock: the alarm may be set again only after the last one fired and was taken.
  if (was_empty && !posted_.empty()) {
    alarm_.Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), &posted_event_);
  }
}

void ServerQueue::ResumePosted() {
  {
    std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (Handle handle : running_) handle.resume();
  running_.clear();
}

void ServerQueue::ResumeLater() {
  const Handle handle = later_.front();
  later_.pop_front();
  const auto began = SteadyClock::now();
  handle.resume();
  const auto ended = SteadyClock::now();
  later_again_ = ended + kCallsFirst * (ended - began);
}

void ServerQueue::StopAndJoin() {
  queue_->Shutdown();
  if (thread_.joinable()) thread_.join();
}

}  // namespace rapport::rpc
