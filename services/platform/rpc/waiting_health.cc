#include "platform/rpc/waiting_health.h"

#include "platform/base/strings.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>

namespace rapport::rpc {

absl::StatusOr<std::unique_ptr<WaitingHealth>> WaitingHealth::Start(const std::string& address) {
  grpc::EnableDefaultHealthCheckService(false);  // See health.h.
  std::unique_ptr<WaitingHealth> self(new WaitingHealth);
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &self->port_);
  builder.RegisterService(&self->health_.api());
  self->queue_ = std::make_unique<ServerQueue>(builder.AddCompletionQueue());
  self->server_ = builder.BuildAndStart();
  if (self->server_ == nullptr || self->port_ == 0) {
    return absl::UnavailableError(Absl(Concat({"cannot listen on ", address})));
  }
  self->health_.Arm(*self->queue_);
  self->queue_->Start();
  return self;
}

WaitingHealth::~WaitingHealth() {
  if (server_ == nullptr || port_ == 0) {
    // Nothing was started; a queue must be shut down and emptied all the same.
    if (server_ != nullptr) server_->Shutdown();
    if (queue_ != nullptr) {
      queue_->get()->Shutdown();
      void* tag;
      bool ok;
      while (queue_->get()->Next(&tag, &ok)) {
      }
    }
    return;
  }
  health_.Close();
  server_->Shutdown(std::chrono::system_clock::now());
  queue_->StopAndJoin();
}

}  // namespace rapport::rpc
