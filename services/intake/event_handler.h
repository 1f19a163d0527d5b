// EventHandler of intake: sessions that notes says were held are counted until the level of need is
// due to be assessed again. The inbox applies each event once, in the transaction of what it
// changes here. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"

namespace rapport::intake {

class IntakeEvents final : public records::EventHandler {
 public:
  explicit IntakeEvents(const records::ServiceDeps& deps) : deps_(deps) {}

  // SESSION_HELD may change something; every other event, and a session that was counted before,
  // nothing.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  const records::ServiceDeps deps_;
};

}  // namespace rapport::intake
