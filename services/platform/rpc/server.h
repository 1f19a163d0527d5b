// Server: the listeners, queues and method tables of one process.
//
//   api     server TLS and a token: the public methods, reflection, health
//   mesh    client certificate required: public and internal methods for the other services
//   health  plaintext: grpc.health.v1 only, for the kubelet and the local start
//
// Each listener is a gRPC server of its own, so that what a listener does not serve does not exist
// on it.
#pragma once

#include "platform/rpc/method.h"
#include "platform/rpc/pipeline.h"
#include "platform/rpc/server_queue.h"

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rapport::rpc {

// Makes a generated service with its methods bound; called once per listener that serves it.
using ServiceFactory = std::function<BoundService()>;

class Server {
 public:
  struct Options {
    std::string api_address, mesh_address, health_address;  // "127.0.0.1:0": any free port
    std::shared_ptr<grpc::ServerCredentials> api_credentials, mesh_credentials;
    int api_queues = 2;
    int mesh_queues = 1;
    int armed_per_method = 2;  // calls asked for ahead, per method and queue
    std::chrono::milliseconds max_connection_age{300'000};
  };

  // FAILED_PRECONDITION when a method of a service has no policy or isn't bound: no start without.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const Options& options, Pipeline& pipeline, const std::vector<ServiceFactory>& services,
      const std::vector<ServiceFactory>& mesh_only);
  ~Server();

  // The ports the listeners got.
  int api_port() const { return api_.port; }
  int mesh_port() const { return mesh_.port; }
  int health_port() const { return health_port_; }

  // Readiness: the health service's "" and "ready". Liveness ("live") is true while it answers.
  void SetReady(bool ready);
  // Refuses new calls, lets accepted ones end, cuts them off after `patience`. Blocks.
  void Drain(std::chrono::milliseconds patience);

  // Where background coroutines live.
  ServerQueue& background() { return *mesh_.queues.front(); }

 private:
  struct Listener {
    std::vector<BoundService> services;
    std::vector<std::unique_ptr<ServerQueue>> queues;
    std::unique_ptr<grpc::Server> server;
    int port = 0;
  };
  explicit Server(Pipeline& pipeline) : pipeline_(pipeline) {}
  absl::Status Listen(Listener& listener, const std::string& address,
                      std::shared_ptr<grpc::ServerCredentials> credentials, int queues,
                      const Options& options, const std::vector<ServiceFactory>& factories);
  void Arm(Listener& listener, bool mesh, int armed_per_method);
  absl::Status ListenHealth(const std::string& address);

  Pipeline& pipeline_;
  Listener api_, mesh_;
  std::unique_ptr<grpc::Server> health_;
  int health_port_ = 0;
  bool drained_ = false;
};

}  // namespace rapport::rpc
