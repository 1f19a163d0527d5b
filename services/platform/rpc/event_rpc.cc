#include "platform/rpc/event_rpc.h"

#include "platform/rpc/bind.h"

#include <rapport/internal/v1/event_service.grpc.pb.h>

namespace rapport::rpc {
namespace {

using Wire = internal::v1::EventService;
using Api = RawApi<Wire::Service, Wire::WithRawMethod_DeliverEvents>::Type;

}  // namespace

Task<absl::StatusOr<internal::v1::DeliverEventsResponse>> EventReceiver::DeliverEvents(
    CallContext& context, const internal::v1::DeliverEventsRequest& request) {
  const std::vector<std::string_view> envelopes(request.envelopes().begin(),
                                                request.envelopes().end());
  auto applied =
      co_await inbox_.Apply(context, request.agency(), std::string(context.peer), envelopes);
  if (!applied.ok()) co_return applied.status();
  internal::v1::DeliverEventsResponse response;
  response.set_applied(*applied);
  co_return response;
}

Task<absl::StatusOr<std::optional<records::Changes>>> FactsForgetter::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  if (event.source() == "intake") facts_.Forget(event.agency(), event.family());
  co_return co_await next_.Handle(context, event);
}

BoundService MakeEventRpc(EventReceiver& receiver) {
  auto api = std::make_unique<Api>();
  BoundService bound;
  bound.methods.push_back(Bind<&Api::RequestDeliverEvents, &EventReceiver::DeliverEvents>(
      "rapport.internal.v1.EventService/DeliverEvents", *api, receiver));
  bound.api = std::move(api);
  return bound;
}

}  // namespace rapport::rpc
