// WaitingHealth: the health listener of a process that can't serve yet: "live" is SERVING, "ready"
// and "" are not. Goes, and frees its port, before the server of health.h listens there.
#pragma once

#include "platform/rpc/health.h"
#include "platform/rpc/server_queue.h"

#include <absl/status/statusor.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>

namespace rapport::rpc {

class WaitingHealth {
 public:
  // UNAVAILABLE: the address can't be listened on.
  static absl::StatusOr<std::unique_ptr<WaitingHealth>> Start(const std::string& address);
  ~WaitingHealth();

  int port() const { return port_; }

 private:
  WaitingHealth() = default;

  Health health_{{}, 4};
  std::unique_ptr<ServerQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace rapport::rpc
