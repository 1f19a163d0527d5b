// Binds a method of a raw async service to a use case. The only templates between wire and use
// case.
//
//   Bind<&Api::RequestGetNote,
//   &NotesService::GetNote>("rapport.notes.v1.SessionNotesService/GetNote",
//                                                      *api, service)
#pragma once

#include "platform/base/ready_answer.h"
#include "platform/base/stream.h"
#include "platform/base/task.h"
#include "platform/rpc/call.h"
#include "platform/rpc/method.h"
#include "platform/rpc/pipeline.h"
#include "platform/rpc/wire.h"
#include "platform/schema/errors.h"

#include <absl/status/statusor.h>

#include <memory>
#include <type_traits>

namespace rapport::rpc {

// What a use case that takes a client stream reads from.
template <typename Request>
class RequestStream final : public Stream<Request> {
 public:
  explicit RequestStream(Call& call) : call_(call) {}
  Task<absl::StatusOr<bool>> Next(Request& request) override {
    if (!co_await call_.Read()) co_return false;
    if (!ParseInto(call_.request_bytes, &request)) co_return schema::MalformedRequest();
    co_return true;
  }

 private:
  Call& call_;
};

// What a use case that gives a server stream writes to.
template <typename Response>
class ResponseSink final : public Sink<Response> {
 public:
  explicit ResponseSink(Call& call) : call_(call) {}
  Task<bool> Write(const Response& response) override {
    error_ = co_await call_.pipeline().DiscloseMessage(call_);
    if (!error_.ok()) co_return false;
    call_.reply_bytes = Serialise(response);
    co_return co_await call_.Write(call_.pipeline().write_patience());
  }
  // Why a message was kept back; OK: none was.
  const absl::Status& error() const { return error_; }

 private:
  Call& call_;
  absl::Status error_;
};

namespace bind_internal {

template <typename UseCase>
struct Shape;
template <typename S, typename Q, typename R>
struct Shape<Task<absl::StatusOr<R>> (S::*)(CallContext&, const Q&)> {
  using Service = S;
  using Request = Q;
  static constexpr bool kClientStreaming = false, kServerStreaming = false;
};
template <typename S, typename Q, typename R>
struct Shape<Task<absl::StatusOr<R>> (S::*)(CallContext&, Stream<Q>&)> {
  using Service = S;
  using Request = Q;
  static constexpr bool kClientStreaming = true, kServerStreaming = false;
};
template <typename S, typename Q, typename R>
struct Shape<Task<absl::Status> (S::*)(CallContext&, const Q&, Sink<R>&)> {
  using Service = S;
  using Request = Q;
  using Response = R;
  static constexpr bool kClientStreaming = false, kServerStreaming = true;
};

// A use case gives its answer itself, or one whose bytes it gives many times.
template <typename Response>
grpc::ByteBuffer BytesOf(const Response& response) {
  return Serialise(response);
}
template <typename Response>
grpc::ByteBuffer BytesOf(const ReadyAnswer<Response>& answer) {
  return Share(answer.bytes());
}

template <auto use_case>
Task<absl::Status> ServeCall(void* service, Call& call) {
  using Use = Shape<decltype(use_case)>;
  auto& target = *static_cast<typename Use::Service*>(service);
  if constexpr (Use::kClientStreaming) {
    RequestStream<typename Use::Request> stream(call);
    auto response = co_await (target.*use_case)(call.context, stream);
    if (!response.ok()) co_return response.status();
    call.reply_bytes = BytesOf(*response);
  } else if constexpr (Use::kServerStreaming) {
    ResponseSink<typename Use::Response> sink(call);
    absl::Status status = co_await (target.*use_case)(
        call.context, static_cast<const typename Use::Request&>(*call.request), sink);
    co_return sink.error().ok() ? std::move(status) : sink.error();
  } else {
    const auto& request = static_cast<const typename Use::Request&>(*call.request);
    auto response = co_await (target.*use_case)(call.context, request);
    if (!response.ok()) co_return response.status();
    call.reply_bytes = BytesOf(*response);
  }
  co_return absl::OkStatus();
}

template <typename Api, auto request_method, bool client_streaming, bool server_streaming>
void RequestCall(void* api, Call& call) {
  grpc::ServerCompletionQueue* queue = call.home().calls();
  auto* service = static_cast<Api*>(api);
  if constexpr (client_streaming) {
    (service->*request_method)(&*call.grpc, &*call.reader, queue, queue, call.arrived_tag());
  } else if constexpr (server_streaming) {
    (service->*request_method)(&*call.grpc, &call.request_bytes, &*call.writer, queue, queue,
                               call.arrived_tag());
  } else {
    (service->*request_method)(&*call.grpc, &call.request_bytes, &*call.unary, queue, queue,
                               call.arrived_tag());
  }
}

template <typename Request>
std::unique_ptr<google::protobuf::Message> NewRequest() {
  return std::make_unique<Request>();
}

}  // namespace bind_internal

// The async service whose methods hand over raw bytes: RawApi<X::Service, X::WithRawMethod_A,
// ...>::Type, one for each method.
template <typename Base, template <typename> typename... WithRawMethod>
struct RawApi {
  using Type = Base;
};
template <typename Base, template <typename> typename First, template <typename> typename... Rest>
struct RawApi<Base, First, Rest...> {
  using Type = First<typename RawApi<Base, Rest...>::Type>;
};

// One row of the method table. The policy is read from the method's descriptor when the server
// starts.
template <auto request_method, auto use_case, typename Api, typename Service>
Method Bind(std::string_view full_name, Api& api, Service& service) {
  using Use = bind_internal::Shape<decltype(use_case)>;
  static_assert(std::is_base_of_v<typename Use::Service, Service>);
  Method method;
  method.full_name = full_name;
  method.service = static_cast<typename Use::Service*>(&service);
  method.new_request = &bind_internal::NewRequest<typename Use::Request>;
  method.serve = &bind_internal::ServeCall<use_case>;
  method.request = &bind_internal::RequestCall<Api, request_method, Use::kClientStreaming,
                                               Use::kServerStreaming>;
  method.api = &api;
  method.client_streaming = Use::kClientStreaming;
  method.server_streaming = Use::kServerStreaming;
  return method;
}

}  // namespace rapport::rpc
