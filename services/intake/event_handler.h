// EventHandler of intake: sessions that notes says were held are counted until the level of need is
// due to be assessed again; that a member told alliance that they are not safe makes a safety
// screen due; every other event is the next handler's. The inbox applies each event once, in the
// transaction of what it changes here. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "platform/records/inbox.h"
#include "platform/records/service_deps.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {

class IntakeEvents final : public records::EventHandler {
 public:
  // `next` must outlive it.
  IntakeEvents(const records::ServiceDeps& deps, records::EventHandler& next)
      : deps_(deps), next_(next) {}

  // What was known before changes nothing.
  Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  // Changes `file` and what is to be stored of it; false: nothing is.
  template <typename Body>
  using Change = bool (IntakeEvents::*)(const Body&, const internal::v1::EventEnvelope&,
                                        StoredCase&, records::Changes&) const;
  template <typename Body>
  Task<absl::StatusOr<std::optional<records::Changes>>> HandleBody(
      CallContext& context, const internal::v1::EventEnvelope& event, Change<Body> change);
  bool Held(const internal::v1::SessionHeld& held, const internal::v1::EventEnvelope& event,
            StoredCase& file, records::Changes& changes) const;
  bool NotSafe(const internal::v1::NotSafe& said, const internal::v1::EventEnvelope& event,
               StoredCase& file, records::Changes& changes) const;

  const records::ServiceDeps deps_;
  records::EventHandler& next_;
};

}  // namespace rapport::intake
