// EventHandler of intake: sessions that notes says were held are counted until the level of need is
// due to be assessed again; every other event is the next handler's. The inbox applies each event
// once, in the transaction of what it changes here. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"

namespace rapport::intake {

class IntakeEvents final : public records::EventHandler {
 public:
  // `next` must outlive it.
  IntakeEvents(const records::ServiceDeps& deps, records::EventHandler& next)
      : deps_(deps), next_(next) {}

  // SESSION_HELD may change something; a session that was counted before, nothing.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  const records::ServiceDeps deps_;
  records::EventHandler& next_;
};

}  // namespace rapport::intake
