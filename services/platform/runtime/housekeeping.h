// Housekeeping: what a process does for itself once a second on a thread of its own: checkpoints of
// the audit chain, answers and events that are old enough to go, keys nobody used, how far the
// outbox is behind. A step that fails is logged and tried again the next time.
#pragma once

#include "platform/crypto/agencies.h"
#include "platform/runtime/observe.h"
#include "platform/runtime/storage.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rapport::runtime {

class Housekeeping {
 public:
  // Whom the outbox is delivered to, and which events.
  struct Destination {
    std::string name;
    std::vector<int> types;
  };
  // What the service itself does for an agency each time.
  using Chore = std::function<absl::Status(std::string_view agency)>;
  // `storage` must outlive it. `chore` may be null.
  Housekeeping(Storage& storage, std::shared_ptr<const crypto::Agencies> agencies,
               std::vector<Destination> destinations, Chore chore = nullptr);
  // Ends the thread after the step under way.
  ~Housekeeping();

  void Start();
  // One round, on the calling thread: what Start does again and again.
  void Round();
  Observations Observe() const;

 private:
  struct Backlog {
    Destination destination;
    std::atomic<std::int64_t> pending{0}, oldest_seconds{0}, parked{0};
  };
  absl::Status DeleteOld(const std::string& agency);
  absl::Status Measure();
  void Run();

  Storage& storage_;
  const std::shared_ptr<const crypto::Agencies> agencies_;
  const Chore chore_;
  std::vector<std::unique_ptr<Backlog>> backlogs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace rapport::runtime
