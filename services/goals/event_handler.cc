#include "goals/event_handler.h"

#include "goals/homework_rules.h"
#include "goals/show.h"
#include "platform/base/status_macros.h"
#include "platform/records/event_history.h"
#include "platform/schema/held_session.h"

namespace rapport::goals {
namespace {

// Files the session; false: it was told before, or of an older version (records::VersionTold).
bool PutSession(const internal::v1::SessionHeld& held, std::int64_t version, std::int64_t now_us,
                FamilyFile& file, records::Changes& changes) {
  StoredSession* known = file.Session(held.session());
  if (known != nullptr && known->message.version() >= version) return false;
  StoredSession after;
  after.message.set_version(version);
  after.message.set_started_us(held.started_us());
  after.message.set_ended_us(held.ended_us());
  after.message.set_nobody_came(schema::NobodyCame(held));
  for (const auto& attendee : held.attendees()) {
    if (!attendee.professional()) after.message.add_invited_members(attendee.person());
  }
  after.record = known != nullptr ? known->record : NewRecord(kSession, file.family, "", now_us);
  after.record.id = held.session();
  after.record.sort_us = held.started_us();
  after.record = records::With(after.record, after.message);
  if (known != nullptr) {
    changes.Update(known->record, after.record);
    *known = after;
  } else {
    changes.Create(after.record);
    file.sessions.push_back(after);
  }
  changes.Audit("session.held", after.record);
  return true;
}

}  // namespace

Task<absl::StatusOr<std::optional<records::Changes>>> GoalsEvents::Apply(
    CallContext& context, const internal::v1::EventEnvelope& event, const AccessFacts& facts) {
  internal::v1::SessionHeld held;
  if (!held.ParseFromString(event.body())) {
    co_return absl::InvalidArgumentError("the event's body can't be read");
  }
  absl::StatusOr<FamilyFile> file = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    file = store_.Load(tx, event.agency(), event.family());
    return file.status();
  }));
  const schema::Names names = deps_.NamesOf(event.agency());
  const std::int64_t now_us = deps_.clock.NowMicros();
  records::Changes changes(context, now_us);
  changes.Guard(file->family, file->revision);
  const std::int64_t version = records::VersionTold(event.sequence(), event.version());
  if (!PutSession(held, version, now_us, *file, changes)) co_return std::nullopt;

  const CaseView view = ViewOf(names, facts, now_us);
  const std::vector<HeldSession> sessions = SessionsOf(names, *file);
  const Saving saving{names, view, *file, changes};
  for (StoredTask& task : file->homework) {
    v1::Homework& homework = *task.message.mutable_homework();
    const v1::HomeworkState after = StateAfterSessions(homework, sessions);
    if (!IsMove(homework.state(), HomeworkStep::kSession, after)) continue;
    homework.set_state(after);
    Save(saving, "homework.session", task);
  }
  co_return std::move(changes);
}

}  // namespace rapport::goals
