#include "notes/event_handler.h"

#include "notes/show.h"
#include "platform/base/status_macros.h"

namespace rapport::notes {

Task<absl::StatusOr<std::optional<records::Changes>>> NotesEvents::Apply(
    CallContext& context, const internal::v1::EventEnvelope& event, const AccessFacts& facts) {
  if (facts.state != CaseState::kClosed) co_return std::nullopt;
  absl::StatusOr<Chart> chart = absl::UnknownError("not loaded");
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) {
    chart = store_.Load(tx, event.agency(), event.family(), ChartPart::kSessions);
    return chart.status();
  }));
  const std::int64_t now_us = deps_.clock.NowMicros();
  records::Changes changes(context, now_us);
  changes.Guard(chart->family, chart->revision);
  bool any = false;
  for (StoredSession& stored : chart->sessions) {
    v1::Session& session = stored.message;
    const bool ahead = Micros(session.scheduled_start_time()) > event.at_us();
    if (session.state() != v1::SESSION_STATE_SCHEDULED || !ahead) continue;
    session.set_state(v1::SESSION_STATE_CANCELLED);
    session.set_cancel_reason(v1::CANCEL_REASON_CASE_CLOSED);
    SaveSession(deps_, context, "session.cancel", now_us, stored, changes);
    any = true;
  }
  if (!any) co_return std::nullopt;
  co_return std::move(changes);
}

}  // namespace rapport::notes
