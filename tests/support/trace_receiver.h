// TraceReceiver: a collector of traces, as far as tests need one: takes what is exported to it and
// keeps it. Thread-safe.
#pragma once

#include <rapport/internal/v1/trace_export.pb.h>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rapport::support {

class TraceReceiver final : public grpc::CallbackGenericService {
 public:
  struct Received {
    std::string service;  // service.name
    internal::v1::TraceSpan span;
  };
  // On a free port of loopback. `silent`: takes calls and never answers.
  explicit TraceReceiver(bool silent = false);
  ~TraceReceiver() override;

  std::string address() const;
  std::vector<Received> spans() const;
  std::vector<std::string> methods() const;  // that were called

 private:
  class Taking;
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
  void Take(const internal::v1::TraceExport& message);

  const bool silent_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  mutable std::mutex mutex_;
  std::vector<Received> spans_;       // guarded by mutex_
  std::vector<std::string> methods_;  // guarded by mutex_
};

}  // namespace rapport::support
