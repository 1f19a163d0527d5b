#include "notes/event_handler.h"

#include "notes/show.h"
#include "platform/base/status_macros.h"

#include <rapport/intake/v1/family.pb.h>

namespace rapport::notes {
namespace {

// Why there are no sessions from `from_us` on.
struct NoSessions {
  v1::CancelReason reason = v1::CANCEL_REASON_UNSPECIFIED;
  std::int64_t from_us = 0;
};

// Nullopt: the case goes on, or is on hold for a reason of people's, who may have it open by then.
absl::StatusOr<std::optional<NoSessions>> WhyNone(const internal::v1::EventEnvelope& event,
                                                  const AccessFacts& facts) {
  if (facts.state == CaseState::kClosed) {
    return NoSessions{v1::CANCEL_REASON_CASE_CLOSED, event.at_us()};
  }
  if (facts.state != CaseState::kOnHold || event.body().empty()) return std::nullopt;
  intake::v1::EmergencyOpening over;
  if (!over.ParseFromString(event.body())) {
    return absl::InvalidArgumentError("the event's body can't be read");
  }
  return NoSessions{v1::CANCEL_REASON_EMERGENCY_OVER, Micros(over.expire_time())};
}

}  // namespace

Task<absl::StatusOr<std::optional<records::Changes>>> NotesEvents::Apply(
    CallContext& context, const internal::v1::EventEnvelope& event, const AccessFacts& facts) {
  CO_ASSIGN_OR_RETURN(const std::optional<NoSessions> none, WhyNone(event, facts));
  if (!none) co_return std::nullopt;
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
    const bool ahead = Micros(session.scheduled_start_time()) > none->from_us;
    if (session.state() != v1::SESSION_STATE_SCHEDULED || !ahead) continue;
    session.set_state(v1::SESSION_STATE_CANCELLED);
    session.set_cancel_reason(none->reason);
    SaveSession(deps_, context, "session.cancel", now_us, stored, changes);
    any = true;
  }
  if (!any) co_return std::nullopt;
  co_return std::move(changes);
}

}  // namespace rapport::notes
