// EventService on the mesh: what other services' relays deliver goes to this process's inbox. Facts
// of a family that an event of intake names are forgotten at once.
#pragma once

#include "platform/records/inbox.h"
#include "platform/rpc/facts_source.h"
#include "platform/rpc/method.h"

#include <rapport/internal/v1/event_service.pb.h>

namespace rapport::rpc {

class EventReceiver {
 public:
  explicit EventReceiver(const records::Inbox& inbox) : inbox_(inbox) {}
  Task<absl::StatusOr<internal::v1::DeliverEventsResponse>> DeliverEvents(
      CallContext& context, const internal::v1::DeliverEventsRequest& request);

 private:
  const records::Inbox& inbox_;
};

// An event handler in front of a service's own: forgets facts that intake says have changed.
class FactsForgetter final : public records::EventHandler {
 public:
  FactsForgetter(FactsSource& facts, records::EventHandler& next) : facts_(facts), next_(next) {}
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  FactsSource& facts_;
  records::EventHandler& next_;
};

BoundService MakeEventRpc(EventReceiver& receiver);

}  // namespace rapport::rpc
