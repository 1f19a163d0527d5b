// Relay: delivers a process's outbox to the other services, at least once, in order per family.
//
// One coroutine per destination lives on a server queue. A commit with events wakes it; otherwise
// it looks once a second, and after a failure with backoff of at most 5 s, for ever. Only a
// definite refusal counts: that family waits by itself, with the same backoff, while the others go
// on, and after ten of them its queue for that destination is parked. `Local` destinations are
// handed to a handler of this process instead of a channel.
#pragma once

#include "platform/crypto/agencies.h"
#include "platform/db/db.h"
#include "platform/records/outbox.h"
#include "platform/rpc/channel.h"
#include "platform/rpc/server_queue.h"

#include <grpcpp/alarm.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rapport::rpc {

class Relay {
 public:
  // Delivers a batch's wires of one agency; how many were applied, counted from the first.
  using Deliver = std::function<Task<absl::StatusOr<int>>(CallContext&, std::string agency,
                                                          std::vector<std::string> wires)>;
  struct Destination {
    std::string name;        // "notes"
    std::vector<int> types;  // rapport.internal.v1.EventType numbers it wants
    Deliver deliver;
  };

  // How often it looks when nobody wakes it, and how long it waits after failures.
  struct Pace {
    std::chrono::milliseconds idle{1'000}, first_backoff{50}, longest_backoff{5'000};
  };
  Relay(db::Db& db, const records::Outbox& outbox, std::shared_ptr<const crypto::Agencies> agencies,
        std::vector<Destination> destinations, Pace pace);

  ~Relay();

  // Starts the coroutines on `queue`. Once.
  void Start(ServerQueue& queue);
  // Wakes every coroutine. Thread-safe; cheap when they are awake.
  void Wake();
  // No delivery begins after it; blocks until those under way have ended. Before the queue stops.
  void Stop();

 private:
  class Pause;
  struct Line;  // one destination's state

  Task<> Run(Line& line);
  Task<absl::StatusOr<bool>> DeliverSome(Line& line, CallContext& context,
                                         const std::string& agency);
  // The batch's first event was refused: its family waits, or stops.
  Task<absl::Status> Refused(Line& line, CallContext& context, const records::Outbox::Batch& batch,
                             absl::Status refusal);
  Task<absl::Status> Park(CallContext& context, const records::Outbox::Batch& batch,
                          const absl::Status& refusal, bool retrying);
  Task<absl::Status> Report(CallContext& context, const records::Outbox::Batch& batch,
                            int delivered);

  db::Db& db_;
  const records::Outbox& outbox_;
  const std::shared_ptr<const crypto::Agencies> agencies_;
  const Pace pace_;
  std::vector<std::unique_ptr<Line>> lines_;
  ServerQueue* queue_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  int running_ = 0;  // guarded by mutex_
};

// Delivers over a channel to another service's EventService.
Relay::Deliver DeliverOver(std::shared_ptr<Channel> channel);

}  // namespace rapport::rpc
