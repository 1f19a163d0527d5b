// Server: the listeners, queues and method tables of one process.
//
//   api     server TLS and a token: the public methods, reflection, health
//   mesh    client certificate required: public and internal methods for the other services
//   health  plaintext: grpc.health.v1 only, for the kubelet and the local start
//
// Each listener is a gRPC server of its own, so that what a listener does not serve does not exist
// on it. They share the queues: every thread that waits on a queue takes its turn in waiting for
// the connections of the whole process, so one more than there are threads that serve calls means
// that half the calls are read by a thread that then wakes another to serve them.
#pragma once

#include "platform/rpc/health.h"
#include "platform/rpc/method.h"
#include "platform/rpc/pipeline.h"
#include "platform/rpc/server_queue.h"
#include "platform/rpc/unknown_methods.h"

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <future>
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
    int queues = 2;            // threads that serve calls
    int armed_per_method = 1;  // calls asked for ahead, per method and queue
    // After it clients are told to connect anew; calls under way may last as long as their method
    // may.
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
  int health_port() const { return health_.port; }

  // What health says on every listener (health.h).
  void SetReady(bool ready);
  // Refuses new calls, lets accepted ones end, cuts them off after `patience`. Blocks.
  void Drain(std::chrono::milliseconds patience);

  // Where background coroutines live: a thread that takes no calls, and stands back behind those
  // that do. They must have ended before Drain.
  ServerQueue& background() { return *background_; }

 private:
  struct Listener {
    std::vector<BoundService> services;
    std::unique_ptr<Health> health;
    std::unique_ptr<UnknownMethods> unknown;
    std::unique_ptr<grpc::Server> server;
    int port = 0;
  };
  explicit Server(Pipeline& pipeline) : pipeline_(pipeline) {}
  absl::Status Listen(Listener& listener, const std::string& address,
                      std::shared_ptr<grpc::ServerCredentials> credentials, const Options& options,
                      const std::vector<ServiceFactory>& factories);
  void Arm(Listener& listener, bool mesh, int armed_per_method);
  static std::future<void> ShutDown(Listener& listener,
                                    std::chrono::system_clock::time_point until);

  Pipeline& pipeline_;
  std::vector<std::unique_ptr<ServerQueue>> queues_;  // every listener's
  std::unique_ptr<ServerQueue> background_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> idle_;  // nobody's (server.cc)
  Listener api_, mesh_, health_;
  bool drained_ = false;
};

}  // namespace rapport::rpc
