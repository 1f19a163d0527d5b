#include "intake/event_handler.h"

#include "intake/family_resource.h"
#include "intake/level_rules.h"
#include "intake/safety_rules.h"
#include "platform/base/status_macros.h"
#include "platform/schema/held_session.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {

Task<absl::StatusOr<std::optional<records::Changes>>> IntakeEvents::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  switch (event.type()) {
    case internal::v1::EVENT_TYPE_SESSION_HELD:
      co_return co_await HandleBody<internal::v1::SessionHeld>(context, event, &IntakeEvents::Held);
    case internal::v1::EVENT_TYPE_SAFETY_CHANGED:
      co_return co_await HandleBody<internal::v1::NotSafe>(context, event, &IntakeEvents::NotSafe);
    default:
      co_return co_await next_.Handle(context, event);
  }
}

template <typename Body>
Task<absl::StatusOr<std::optional<records::Changes>>> IntakeEvents::HandleBody(
    CallContext& context, const internal::v1::EventEnvelope& event, Change<Body> change) {
  Body body;
  if (!body.ParseFromString(event.body())) {
    co_return absl::InvalidArgumentError("the event's body can't be read");
  }
  StoredCase file;
  file.id = event.family();
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(auto family, deps_.records.Get(tx, event.agency(), file.id, kFamily, file.id));
    ASSIGN_OR_RETURN(file.family, records::Parse<internal::v1::StoredFamily>(std::move(family)));
    auto tally = deps_.records.Get(tx, event.agency(), file.id, kSessionTally, file.id);
    if (absl::IsNotFound(tally.status())) return absl::OkStatus();
    if (!tally.ok()) return tally.status();
    ASSIGN_OR_RETURN(file.tally,
                     records::Parse<internal::v1::StoredSessionTally>(*std::move(tally)));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return std::nullopt;  // the family was erased
  if (!read.ok()) co_return read;
  // A release before kept an entry of nobody for a report that named nobody yet.
  auto& attended = *file.tally.message.mutable_attended();
  for (int i = attended.size(); i-- > 0;) {
    if (attended[i].member().empty()) attended.DeleteSubrange(i, 1);
  }
  records::Changes changes(context, deps_.clock.NowMicros());
  if (!(this->*change)(body, event, file, changes)) co_return std::nullopt;
  co_return std::move(changes);
}

bool IntakeEvents::Held(const internal::v1::SessionHeld& held, const internal::v1::EventEnvelope&,
                        StoredCase& file, records::Changes& changes) const {
  v1::Family& family = *file.family.message.mutable_family();
  const std::int64_t now_us = deps_.clock.NowMicros();
  if (schema::NobodyCame(held)) {
    if (!UncountSession(held.session(), &file.tally.message)) return false;
    PutTally(file.id, now_us, file.tally, changes);
    changes.Audit("session.not_held", file.tally.record);
    return true;
  }
  const bool attended = NoteAttendance(held, &file.tally.message);
  const bool counted = CountSession(held.session(), held.started_us(), held.ended_us(),
                                    &file.tally.message, &family);
  if (!attended && !counted) return false;
  PutTally(file.id, now_us, file.tally, changes);
  changes.Audit("session.held", file.tally.record);
  if (counted && file.tally.message.held_sessions_size() == kSessionsUntilAssessed) {
    Put(file.family, now_us, changes);
    EmitCase(file, internal::v1::EVENT_TYPE_CASE_CHANGED, family.name(), file.family.record.version,
             changes);
  }
  return true;
}

bool IntakeEvents::NotSafe(const internal::v1::NotSafe& told,
                           const internal::v1::EventEnvelope& event, StoredCase& file,
                           records::Changes& changes) const {
  if (told.member().empty()) return false;
  if (!NoteNotSafe(told, event.at_us(), &file.tally.message)) return false;
  PutTally(file.id, deps_.clock.NowMicros(), file.tally, changes);
  changes.Audit("safety.screen_due", file.tally.record, {told.member()});
  // The others drop their facts: from now on a screen is due.
  EmitCase(file, internal::v1::EVENT_TYPE_SAFETY_CHANGED, file.family.message.family().name(), 0,
           changes);
  return true;
}

}  // namespace rapport::intake
