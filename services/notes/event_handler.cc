#include "notes/event_handler.h"

#include "notes/show.h"
#include "platform/base/status_macros.h"

namespace rapport::notes {

Task<absl::StatusOr<std::optional<records::Changes>>> NotesEvents::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  if (event.type() != internal::v1::EVENT_TYPE_CASE_CHANGED) co_return std::nullopt;
  CO_ASSIGN_OR_RETURN(
      const Facts facts,
      co_await facts_.Load(context, event.agency(), event.family(), options::v1::FRESHNESS_CACHED));
  if (facts == nullptr) co_return std::nullopt;  // the family was erased
  if (facts->state != CaseState::kClosed) co_return std::nullopt;
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
