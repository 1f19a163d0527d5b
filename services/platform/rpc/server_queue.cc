#include "platform/rpc/server_queue.h"

namespace rapport::rpc {

void ServerQueue::Run() {
  SetCurrent(this);
  void* tag;
  bool ok;
  while (queue_->Next(&tag, &ok)) {
    auto* event = static_cast<Event*>(tag);
    event->fire(event->self, ok);
  }
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

void ServerQueue::StopAndJoin() {
  queue_->Shutdown();
  if (thread_.joinable()) thread_.join();
}

}  // namespace rapport::rpc
