#include "platform/rpc/server.h"

#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/schema/errors.h"

#include <google/protobuf/descriptor.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <thread>

namespace rapport::rpc {
namespace {

// How long whoever still calls is told to go elsewhere before the listeners close.
constexpr std::chrono::milliseconds kClosing{250};

// Fills in each bound method's policy and index; refuses a service with a method that is not bound.
absl::Status Complete(BoundService& service, int* next_index) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const google::protobuf::ServiceDescriptor* descriptor = nullptr;
  for (Method& method : service.methods) {
    std::string dotted = method.full_name;
    std::replace(dotted.begin(), dotted.end(), '/', '.');
    const auto* found = pool->FindMethodByName(dotted);
    if (found == nullptr) {
      return absl::FailedPreconditionError(Absl("no such method: " + method.full_name));
    }
    descriptor = found->service();
    auto policy = schema::PolicyOf(found);
    if (!policy.ok()) return policy.status();
    method.policy = *std::move(policy);
    method.index = (*next_index)++;
    telemetry::RegisterMethod(method.index, method.full_name, method.client_streaming);
  }
  if (descriptor == nullptr) return absl::FailedPreconditionError("a service without methods");
  if (descriptor->method_count() != static_cast<int>(service.methods.size())) {
    return absl::FailedPreconditionError(
        Absl("not every method is bound of " + descriptor->full_name()));
  }
  return absl::OkStatus();
}

void SetLimits(grpc::ServerBuilder& builder, std::chrono::milliseconds max_age) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits::kMessageBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(limits::kMetadataBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kStreamsPerConnection);
  // Clients resolve again when connections end: without this a new replica gets no traffic
  // (deploy.md section 0).
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(max_age.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Only reflection is synchronous: it needs no more than this.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

void Show(grpc::Server& server, bool ready) {
  if (auto* health = server.GetHealthCheckService()) {
    health->SetServingStatus("", ready);
    health->SetServingStatus("ready", ready);
    health->SetServingStatus("live", true);
  }
}

}  // namespace

absl::Status Server::Listen(Listener& listener, const std::string& address,
                            std::shared_ptr<grpc::ServerCredentials> credentials, int queues,
                            const Options& options, const std::vector<ServiceFactory>& factories) {
  grpc::ServerBuilder builder;
  SetLimits(builder, options.max_connection_age);
  builder.AddListeningPort(address, std::move(credentials), &listener.port);
  for (const ServiceFactory& factory : factories) {
    listener.services.push_back(factory());
    builder.RegisterService(listener.services.back().api.get());
  }
  for (int i = 0; i < queues; ++i) {
    listener.queues.push_back(std::make_unique<ServerQueue>(builder.AddCompletionQueue()));
  }
  listener.server = builder.BuildAndStart();
  if (listener.server == nullptr || listener.port == 0) {
    return absl::UnavailableError(Absl("cannot listen on " + address));
  }
  Show(*listener.server, false);
  return absl::OkStatus();
}

absl::Status Server::ListenHealth(const std::string& address) {
  grpc::ServerBuilder builder;
  SetLimits(builder, std::chrono::minutes(5));
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &health_port_);
  health_ = builder.BuildAndStart();
  if (health_ == nullptr || health_port_ == 0) {
    return absl::UnavailableError(Absl("cannot listen on " + address));
  }
  Show(*health_, false);
  return absl::OkStatus();
}

void Server::Arm(Listener& listener, bool mesh, int armed_per_method) {
  for (BoundService& service : listener.services) {
    for (Method& method : service.methods) {
      for (auto& queue : listener.queues) {
        for (int i = 0; i < armed_per_method; ++i) {
          TakeCall(method, *queue, pipeline_, mesh).Arm();
        }
      }
    }
  }
  for (auto& queue : listener.queues) queue->Start();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const Options& options, Pipeline& pipeline, const std::vector<ServiceFactory>& services,
    const std::vector<ServiceFactory>& mesh_only) {
  grpc::EnableDefaultHealthCheckService(true);
  std::unique_ptr<Server> self(new Server(pipeline));
  std::vector<ServiceFactory> on_mesh = services;
  on_mesh.insert(on_mesh.end(), mesh_only.begin(), mesh_only.end());
  // The plaintext listener first: reflection must not be registered yet when it is built.
  RETURN_IF_ERROR(self->ListenHealth(options.health_address));
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  RETURN_IF_ERROR(self->Listen(self->api_, options.api_address, options.api_credentials,
                               options.api_queues, options, services));
  RETURN_IF_ERROR(self->Listen(self->mesh_, options.mesh_address, options.mesh_credentials,
                               options.mesh_queues, options, on_mesh));
  int next_index = 0;
  for (Listener* listener : {&self->api_, &self->mesh_}) {
    for (BoundService& service : listener->services) {
      RETURN_IF_ERROR(Complete(service, &next_index));
      for (const Method& method : service.methods) pipeline.Learn(method);
    }
  }
  self->Arm(self->api_, false, options.armed_per_method);
  self->Arm(self->mesh_, true, options.armed_per_method);
  return self;
}

void Server::SetReady(bool ready) {
  for (grpc::Server* server : {api_.server.get(), mesh_.server.get(), health_.get()}) {
    Show(*server, ready);
  }
}

void Server::Drain(std::chrono::milliseconds patience) {
  drained_ = true;
  pipeline_.Close();
  std::this_thread::sleep_for(std::min(patience, kClosing));
  const auto until = std::chrono::system_clock::now() + patience;
  api_.server->Shutdown(until);
  mesh_.server->Shutdown(until);
  // A call that was cut off may still wait for its commit: its coroutine must end before its queue.
  pipeline_.WaitUntilIdle();
  for (Listener* listener : {&api_, &mesh_}) {
    for (auto& queue : listener->queues) queue->StopAndJoin();
  }
  health_->Shutdown(until);
}

Server::~Server() {
  if (!drained_ && api_.server && mesh_.server && health_) Drain(std::chrono::milliseconds(0));
}

}  // namespace rapport::rpc
