// Health: the standard grpc.health.v1.Health on one listener, on one of its queues.
//
// gRPC's own is a callback service, with threads that wait for every connection of the process
// (server.cc says what that costs). Names: "" and "ready" say whether to send calls here, as does
// each service's name; "live" that it answers at all. Any other name is NOT_FOUND to Check and
// SERVICE_UNKNOWN to Watch.
//
// Set is thread-safe; all else happens before the queue starts or on the queue's thread.
#pragma once

#include "platform/base/task.h"
#include "platform/rpc/server_queue.h"

#include <grpc/health/v1/health.grpc.pb.h>

#include <atomic>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace rapport::rpc {

class Health {
 public:
  // `services`: full names that are as ready as the process is. `most_watches`: more of them at a
  // time are refused with RESOURCE_EXHAUSTED.
  Health(std::vector<std::string> services, std::size_t most_watches);

  // To be registered with the listener's builder.
  grpc::Service& api() { return api_; }
  // Takes calls from `queue`, which the listener serves and which must outlive it.
  void Arm(ServerQueue& queue);

  void Set(bool ready);
  // Ends every Watch with UNAVAILABLE: clients go elsewhere, and the listener can close at once.
  void Close();

 private:
  struct Check;
  struct Watch;
  using Response = grpc::health::v1::HealthCheckResponse;

  Response::ServingStatus StatusOf(const std::string& service) const;
  Task<> TellWatchers();

  grpc::health::v1::Health::AsyncService api_;
  std::set<std::string> services_;
  const std::size_t most_watches_;
  std::atomic<bool> ready_{false}, closed_{false};
  ServerQueue* queue_ = nullptr;
  std::set<Watch*> watches_;
};

}  // namespace rapport::rpc
