// ErasureEvents: what every service does about the erasure of a family, in front of its own event
// handler: erases when intake says so, reports to intake that it is done, and lets go what other
// services still say of the family. Thread-safe.
#pragma once

#include "platform/records/eraser.h"
#include "platform/records/inbox.h"

namespace rapport::records {

class ErasureEvents final : public EventHandler {
 public:
  // Both must outlive it.
  ErasureEvents(Eraser& eraser, EventHandler& next) : eraser_(eraser), next_(next) {}
  Task<absl::StatusOr<std::optional<Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override;

 private:
  Eraser& eraser_;
  EventHandler& next_;
};

}  // namespace rapport::records
