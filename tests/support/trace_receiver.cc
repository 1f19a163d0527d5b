#include "support/trace_receiver.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <chrono>

namespace rapport::support {

// One export.
class TraceReceiver::Taking final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Taking(TraceReceiver& owner) : owner_(owner) { StartRead(&request_); }

 private:
  void OnReadDone(bool ok) override {
    if (owner_.silent_) return;  // Until the caller, or the end of the server, cancels.
    internal::v1::TraceExport message;
    grpc::ProtoBufferReader reader(&request_);
    if (!ok || !message.ParseFromZeroCopyStream(&reader)) {
      Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no export"));
      return;
    }
    owner_.Take(message);
    const grpc::Slice nothing;
    reply_ = grpc::ByteBuffer(&nothing, 1);
    StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnCancel() override {
    if (owner_.silent_) Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

  TraceReceiver& owner_;
  grpc::ByteBuffer request_, reply_;
};

TraceReceiver::TraceReceiver(bool silent) : silent_(silent) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterCallbackGenericService(this);
  server_ = builder.BuildAndStart();
}

TraceReceiver::~TraceReceiver() {
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::string TraceReceiver::address() const { return "127.0.0.1:" + std::to_string(port_); }

std::vector<TraceReceiver::Received> TraceReceiver::spans() const {
  std::lock_guard lock(mutex_);
  return spans_;
}

std::vector<std::string> TraceReceiver::methods() const {
  std::lock_guard lock(mutex_);
  return methods_;
}

grpc::ServerGenericBidiReactor* TraceReceiver::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  {
    std::lock_guard lock(mutex_);
    methods_.push_back(context->method());
  }
  return new Taking(*this);
}

void TraceReceiver::Take(const internal::v1::TraceExport& message) {
  std::lock_guard lock(mutex_);
  for (const auto& resource : message.resource_spans()) {
    std::string service;
    for (const auto& attribute : resource.resource().attributes()) {
      if (attribute.key() == "service.name") service = attribute.value().string_value();
    }
    for (const auto& scope : resource.scope_spans()) {
      for (const auto& span : scope.spans()) spans_.push_back({service, span});
    }
  }
}

}  // namespace rapport::support
