#include "intake/event_handler.h"

#include "intake/level_rules.h"
#include "intake/safety_rules.h"
#include "platform/base/status_macros.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {

Task<absl::StatusOr<std::optional<records::Changes>>> IntakeEvents::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  if (event.type() != internal::v1::EVENT_TYPE_SESSION_HELD) {
    co_return co_await next_.Handle(context, event);
  }
  internal::v1::SessionHeld held;
  if (!held.ParseFromString(event.body())) {
    co_return absl::InvalidArgumentError("the event's body can't be read");
  }
  StoredFamily family;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto record, deps_.records.Get(tx, event.agency(), event.family(), kFamily,
                                                    event.family()));
    ASSIGN_OR_RETURN(family, records::Parse<internal::v1::StoredFamily>(std::move(record)));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return std::nullopt;  // the family was erased
  if (!read.ok()) co_return read;
  const bool attended = NoteAttendance(held, &family.message);
  const bool counted =
      CountSession(held.session(), held.started_us(), held.ended_us(), &family.message);
  if (!attended && !counted) co_return std::nullopt;
  const std::int64_t now_us = deps_.clock.NowMicros();
  records::Changes changes(context, now_us);
  const records::Record before = family.record;
  changes.Update(before, records::With(before, family.message));
  changes.Audit("session.held", before);
  if (counted && family.message.held_sessions_size() == kSessionsUntilAssessed) {
    changes.Emit({.type = internal::v1::EVENT_TYPE_CASE_CHANGED,
                  .family = before.family,
                  .resource = family.message.family().name(),
                  .version = before.version + 1,
                  .body = {}});
  }
  co_return std::move(changes);
}

}  // namespace rapport::intake
