#include "platform/rpc/server.h"

#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/schema/errors.h"

#include <google/protobuf/descriptor.h>
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>

#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>
#include <utility>

namespace rapport::rpc {
namespace {

// How long whoever still calls is told to go elsewhere before the listeners close.
constexpr std::chrono::milliseconds kClosing{250};
// How long clients are given to take the ends of their last calls.
constexpr std::chrono::milliseconds kLeaving{500};
// What the end of a call has, after its deadline, to come to its client.
constexpr std::chrono::milliseconds kArriving{1'000};
constexpr int kReflectionThreads = 16;
// Of the listener in clear, which kubelets ask by Check; clients of the others may watch for each
// of their connections.
constexpr std::size_t kWatchesInClear = 64, kWatches = 4'096;

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
    telemetry::RegisterMethod(method.index, method.full_name, method.client_streaming,
                              method.server_streaming);
  }
  if (descriptor == nullptr) return absl::FailedPreconditionError("a service without methods");
  if (descriptor->method_count() != static_cast<int>(service.methods.size())) {
    return absl::FailedPreconditionError(
        Absl("not every method is bound of " + descriptor->full_name()));
  }
  return absl::OkStatus();
}

// The deadline of the method that has longest. What has no policy is no call: it may not be served.
std::chrono::milliseconds LongestCall(const std::vector<BoundService>& services) {
  std::chrono::milliseconds longest{0};
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const BoundService& service : services) {
    for (const Method& method : service.methods) {
      std::string dotted = method.full_name;
      std::replace(dotted.begin(), dotted.end(), '/', '.');
      const auto* found = pool->FindMethodByName(dotted);
      if (found == nullptr) continue;
      const auto policy = schema::PolicyOf(found);
      if (policy.ok()) longest = std::max(longest, policy->deadline);
    }
  }
  return longest;
}

void SetLimits(grpc::ServerBuilder& builder, std::chrono::milliseconds max_age,
               std::chrono::milliseconds longest_call) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits::kMessageBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(limits::kMetadataBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kStreamsPerConnection);
  // Clients resolve again when connections end: without this a new replica gets no traffic
  // (deploy.md section 0).
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(max_age.count()));
  // A call that began on a connection just before its end has the time that it was promised; what
  // has no deadline (watches of health, reflection) is cut off then, and keeps no connection for
  // ever.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             static_cast<int>((longest_call + kArriving).count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Only reflection is synchronous, and a stream of it holds a thread for as long as its client
  // likes: more than these are refused.
  builder.SetResourceQuota(grpc::ResourceQuota().SetMaxThreads(kReflectionThreads));
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

// Lets a server be served by queues that another one made. C++ has no way to say so; the core
// takes any queue that is registered before the server starts.
class SharedQueues final : public grpc::Server::GlobalCallbacks {
 public:
  // For servers that this thread builds from now on.
  static void Use(const std::vector<std::unique_ptr<ServerQueue>>* queues) { InUse() = queues; }

 private:
  static const std::vector<std::unique_ptr<ServerQueue>>*& InUse() {
    thread_local const std::vector<std::unique_ptr<ServerQueue>>* queues = nullptr;
    return queues;
  }
  void PreServerStart(grpc::Server* server) override {
    if (InUse() == nullptr) return;
    for (const auto& queue : *InUse()) {
      grpc_server_register_completion_queue(server->c_server(), queue->calls()->cq(), nullptr);
    }
  }
  // Only reflection is synchronous.
  void PreSynchronousRequest(grpc::ServerContext*) override {
    telemetry::CountSeries(telemetry::Metric::kOtherCalls, "reflection");
  }
  void PostSynchronousRequest(grpc::ServerContext*) override {}
};

// gRPC takes callbacks only before the first server of a process, whoever builds that: so before
// main. It keeps them to the very end.
[[maybe_unused]] const bool kCallbacksAreSet = [] {
  grpc::Server::SetGlobalCallbacks(new SharedQueues);
  return true;
}();

std::vector<std::string> NamesOf(const std::vector<BoundService>& services) {
  std::vector<std::string> names;
  for (const BoundService& service : services) {
    const std::string& method = service.methods.front().full_name;
    names.push_back(method.substr(0, method.find('/')));
  }
  return names;
}

}  // namespace

absl::Status Server::Listen(Listener& listener, const std::string& address,
                            std::shared_ptr<grpc::ServerCredentials> credentials,
                            const Options& options, const std::vector<ServiceFactory>& factories) {
  grpc::ServerBuilder builder;
  for (const ServiceFactory& factory : factories) {
    listener.services.push_back(factory());
    builder.RegisterService(listener.services.back().api.get());
  }
  SetLimits(builder, options.max_connection_age, LongestCall(listener.services));
  builder.AddListeningPort(address, std::move(credentials), &listener.port);
  listener.health = std::make_unique<Health>(NamesOf(listener.services),
                                             factories.empty() ? kWatchesInClear : kWatches);
  builder.RegisterService(&listener.health->api());
  listener.unknown = std::make_unique<UnknownMethods>();
  builder.RegisterAsyncGenericService(&listener.unknown->api());
  if (queues_.empty()) {
    for (int i = 0; i < options.queues; ++i) {
      queues_.push_back(std::make_unique<ServerQueue>(builder.AddCompletionQueue()));
    }
    background_ = std::make_unique<ServerQueue>(queues_.front()->answers());
    SharedQueues::Use(nullptr);
  } else {
    // gRPC starts a thread that polls for a server which has no queue of its own.
    idle_.push_back(builder.AddCompletionQueue());
    SharedQueues::Use(&queues_);
  }
  listener.server = builder.BuildAndStart();
  SharedQueues::Use(nullptr);
  if (listener.server == nullptr || listener.port == 0) {
    return absl::UnavailableError(Absl("cannot listen on " + address));
  }
  return absl::OkStatus();
}

void Server::Arm(Listener& listener, bool mesh, int armed_per_method) {
  for (BoundService& service : listener.services) {
    for (Method& method : service.methods) {
      for (auto& queue : queues_) {
        for (int i = 0; i < armed_per_method; ++i) {
          TakeCall(method, *queue, pipeline_, mesh).Arm();
        }
      }
    }
  }
  listener.health->Arm(*queues_.front());
  listener.unknown->Arm(*queues_.front());
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const Options& options, Pipeline& pipeline, const std::vector<ServiceFactory>& services,
    const std::vector<ServiceFactory>& mesh_only) {
  grpc::EnableDefaultHealthCheckService(false);  // See health.h.
  std::unique_ptr<Server> self(new Server(pipeline));
  std::vector<ServiceFactory> on_mesh = services;
  on_mesh.insert(on_mesh.end(), mesh_only.begin(), mesh_only.end());
  // The plaintext listener first: reflection must not be registered yet when it is built.
  RETURN_IF_ERROR(self->Listen(self->health_, options.health_address,
                               grpc::InsecureServerCredentials(), options, {}));
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  RETURN_IF_ERROR(
      self->Listen(self->api_, options.api_address, options.api_credentials, options, services));
  RETURN_IF_ERROR(
      self->Listen(self->mesh_, options.mesh_address, options.mesh_credentials, options, on_mesh));
  int next_index = 0;
  for (Listener* listener : {&self->api_, &self->mesh_}) {
    for (BoundService& service : listener->services) {
      RETURN_IF_ERROR(Complete(service, &next_index));
      for (const Method& method : service.methods) pipeline.Learn(method);
    }
  }
  self->Arm(self->api_, false, options.armed_per_method);
  self->Arm(self->mesh_, true, options.armed_per_method);
  self->Arm(self->health_, false, 0);
  for (auto& queue : self->queues_) {
    pipeline.ServedBy(*queue);
    queue->Start();
  }
  self->background_->StartBehindCalls([&pipeline] { return pipeline.Crowded(SteadyClock::now()); });
  return self;
}

void Server::SetReady(bool ready) {
  for (const Listener* listener : {&api_, &mesh_, &health_}) listener->health->Set(ready);
}

std::future<void> Server::ShutDown(Listener& listener,
                                   std::chrono::system_clock::time_point until) {
  return std::async(std::launch::async, [&listener, until] { listener.server->Shutdown(until); });
}

void Server::Drain(std::chrono::milliseconds patience) {
  drained_ = true;
  pipeline_.Close();
  for (const Listener* listener : {&api_, &mesh_, &health_}) listener->health->Close();
  std::this_thread::sleep_for(std::min(patience, kClosing));
  const auto until = std::chrono::system_clock::now() + patience;
  {
    const std::future<void> api = ShutDown(api_, until), mesh = ShutDown(mesh_, until);
    // A call that was cut off may still wait for its commit: its coroutine must end before its
    // queue.
    pipeline_.WaitUntilIdle();
    // What is left are streams of reflection, which nobody else would end.
    for (const auto& [ended, listener] : {std::pair(&api, &api_), std::pair(&mesh, &mesh_)}) {
      if (ended->wait_for(kLeaving) == std::future_status::timeout) {
        grpc_server_cancel_all_calls(listener->server->c_server());
      }
    }
  }
  health_.server->Shutdown(until);
  for (auto& queue : queues_) queue->StopAndJoin();
  background_->StopAndJoin();
  for (auto& queue : idle_) {
    queue->Shutdown();
    void* tag;
    bool ok;
    while (queue->Next(&tag, &ok)) {
    }
  }
}

Server::~Server() {
  if (!drained_ && api_.server && mesh_.server && health_.server)
    Drain(std::chrono::milliseconds(0));
}

}  // namespace rapport::rpc
