#include "platform/rpc/channel.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/rpc/server_queue.h"
#include "platform/rpc/wire.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/spans.h"
#include "platform/runtime/telemetry/trace.h"
#include "platform/schema/errors.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/async_unary_call.h>

namespace rapport::rpc {
namespace {

// What the answer needs beyond the network: the caller must still be able to send its own.
constexpr std::chrono::milliseconds kReserve{20};

// The exchange while it is suspended. Wakes by the completion queue; a cancel makes that come soon.
class Exchanging final : CancelHook {
 public:
  Exchanging(CallContext& context, grpc::ClientContext& client,
             grpc::ClientAsyncResponseReader<grpc::ByteBuffer>& reader, grpc::ByteBuffer& reply,
             grpc::Status& status)
      : context_(context), client_(client), reader_(reader), reply_(reply), status_(status) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(Handle handle) {
    handle_ = handle;
    context_.SetCancelHook(this);
    reader_.Finish(&reply_, &status_, &event_);
  }
  void await_resume() { context_.SetCancelHook(nullptr); }

 private:
  void OnCancel() override { client_.TryCancel(); }
  // Perhaps not on the thread that asked, and then perhaps before that is done with suspending.
  void OnFinished() {
    if (Executor::Current() == home_) return handle_.resume();
    home_->Post({&handle_, 1});
  }

  CallContext& context_;
  grpc::ClientContext& client_;
  grpc::ClientAsyncResponseReader<grpc::ByteBuffer>& reader_;
  grpc::ByteBuffer& reply_;
  grpc::Status& status_;
  Executor* const home_ = Executor::Current();
  Handle handle_;
  Event event_{[](void* self, bool) { static_cast<Exchanging*>(self)->OnFinished(); }, this};
};

// What gRPC itself says of a service that can't be reached names addresses of the mesh; a service
// that refuses a call says why in details.
absl::Status FromGrpc(const CallContext& context, const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const bool stopping = status.error_code() == grpc::StatusCode::CANCELLED && !context.cancelled();
  const bool unreachable =
      status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty();
  if (stopping || unreachable) return schema::Refused(schema::reasons::kDependencyUnavailable);
  return schema::FromDetails(static_cast<absl::StatusCode>(status.error_code()),
                             status.error_message(), status.error_details());
}

}  // namespace

Channel::Channel(const std::string& address,
                 const std::shared_ptr<grpc::ChannelCredentials>& credentials)
    : channel_([&] {
        grpc::ChannelArguments arguments;
        arguments.SetLoadBalancingPolicyName("round_robin");
        arguments.SetInt("grpc.dns_min_time_between_resolutions_ms", 1'000);
        arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
        arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
        arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
        return grpc::CreateCustomChannel(address, credentials, arguments);
      }()),
      stub_(channel_) {}

Task<absl::Status> Channel::Exchange(CallContext& context, std::string_view method,
                                     const google::protobuf::Message& request,
                                     google::protobuf::Message& response,
                                     std::chrono::milliseconds longest) {
  const auto now = SteadyClock::now();
  auto left = context.deadline == SteadyClock::time_point::max()
                  ? std::chrono::duration_cast<std::chrono::microseconds>(longest)
                  : std::chrono::duration_cast<std::chrono::microseconds>(context.deadline - now -
                                                                          kReserve);
  left = std::min<std::chrono::microseconds>(left, longest);
  if (left.count() <= 0) co_return absl::DeadlineExceededError("no time left for an inner call");

  auto* queue = static_cast<ServerQueue*>(Executor::Current());
  if (queue == nullptr) co_return absl::InternalError("a call from a thread that serves no queue");
  grpc::ClientContext client;
  client.set_deadline(std::chrono::system_clock::now() + left);
  if (!context.bearer.empty()) client.AddMetadata("authorization", std::string(context.bearer));
  telemetry::Piece piece(context.trace, method, telemetry::SpanKind::kClient);
  client.AddMetadata("traceparent", telemetry::TraceParent(piece.trace()));
  const grpc::ByteBuffer bytes = Serialise(request);
  auto reader = stub_.PrepareUnaryCall(&client, Concat({"/", method}), bytes, queue->answers());
  reader->StartCall();
  grpc::ByteBuffer reply;
  grpc::Status status;
  co_await Exchanging(context, client, *reader, reply, status);
  telemetry::CountClientCall(method, static_cast<int>(status.error_code()),
                             SteadyClock::now() - now);
  piece.Sizes(static_cast<std::int64_t>(bytes.Length()), static_cast<std::int64_t>(reply.Length()));
  piece.End(static_cast<int>(status.error_code()));
  CO_RETURN_IF_ERROR(FromGrpc(context, status));
  if (!ParseInto(reply, &response)) co_return absl::InternalError("an answer that is no message");
  co_return absl::OkStatus();
}

}  // namespace rapport::rpc
