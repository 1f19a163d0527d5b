// Sessions: started, ended, cancelled, and who took part.
#include "notes/apart_rules.h"
#include "notes/change_chart.h"
#include "notes/notes_errors.h"
#include "notes/session_rules.h"
#include "notes/show.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::notes {

NotesService::Answer<v1::StartSessionResponse> NotesService::StartSession(
    CallContext& context, const v1::StartSessionRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  Step<v1::StartSessionResponse> step = [&](Chart& chart, records::Changes& changes,
                                            v1::StartSessionResponse& response) -> absl::Status {
    StoredSession* stored = FindSession(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Session& session = stored->message;
    const auto illegal = UnmetForMove(session, v1::SESSION_STATE_IN_PROGRESS);
    if (!illegal.empty()) return errors::MoveRefused(illegal);
    const std::int64_t now_us = Now();
    const auto unmet = UnmetForMeeting(MemberIds(names, chart.family, session.invited_members()),
                                       *context.access.facts, now_us, now_us);
    if (!unmet.empty()) return errors::MeetingRefused(names, chart.family, unmet, false);
    const Apart apart = ApartIn(names, *context.access.facts);
    const bool meets = std::ranges::any_of(chart.sessions, [&](const StoredSession& other) {
      return WouldMeetNow(session, other.message, apart, now_us);
    });
    if (meets) return errors::MeetingRefused(names, chart.family, {OtherHourNeeded()}, false);
    if (LacksRecordingConsent(session, MemberIds(names, chart.family, session.invited_members()),
                              *context.access.facts, now_us)) {
      return errors::RecordingNotConsented(session.name());
    }
    session.set_state(v1::SESSION_STATE_IN_PROGRESS);
    *session.mutable_start_time() = schema::ToTimestamp(now_us);
    SaveSession(deps_, context, "session.start", now_us, *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::StartSessionResponse>(context, step);
}

NotesService::Answer<v1::EndSessionResponse> NotesService::EndSession(
    CallContext& context, const v1::EndSessionRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::EndSessionResponse> step = [&](Chart& chart, records::Changes& changes,
                                          v1::EndSessionResponse& response) -> absl::Status {
    StoredSession* stored = FindSession(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Session& session = stored->message;
    const auto to = request.no_show() ? v1::SESSION_STATE_NO_SHOW : v1::SESSION_STATE_HELD;
    const auto illegal = UnmetForMove(session, to);
    if (!illegal.empty()) return errors::MoveRefused(illegal);
    if (request.no_show() && SomeMemberAttended(session)) {
      return errors::MemberAttended(session.name());
    }
    const std::int64_t now_us = Now();
    session.set_state(to);
    *session.mutable_end_time() = schema::ToTimestamp(now_us);
    SaveSession(deps_, context, request.no_show() ? "session.no_show" : "session.end", now_us,
                *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::EndSessionResponse>(context, step);
}

NotesService::Answer<v1::CancelSessionResponse> NotesService::CancelSession(
    CallContext& context, const v1::CancelSessionRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::CancelSessionResponse> step = [&](Chart& chart, records::Changes& changes,
                                             v1::CancelSessionResponse& response) -> absl::Status {
    StoredSession* stored = FindSession(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Session& session = stored->message;
    const auto illegal = UnmetForMove(session, v1::SESSION_STATE_CANCELLED);
    if (!illegal.empty()) return errors::MoveRefused(illegal);
    session.set_state(v1::SESSION_STATE_CANCELLED);
    session.set_cancel_reason(request.reason());
    session.set_cancel_note(request.note());
    SaveSession(deps_, context, "session.cancel", Now(), *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::CancelSessionResponse>(context, step);
}

NotesService::Answer<v1::RecordAttendanceResponse> NotesService::RecordAttendance(
    CallContext& context, const v1::RecordAttendanceRequest& request) {
  const std::string& agency = context.principal->agency;
  Step<v1::RecordAttendanceResponse> step =
      [&](Chart& chart, records::Changes& changes,
          v1::RecordAttendanceResponse& response) -> absl::Status {
    StoredSession* stored = FindSession(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Session& session = stored->message;
    if (!TakesAttendance(session.state())) return errors::SessionNotStarted(session.name());
    if (chart.HasLockedNote(record.id)) return errors::AttendanceClosed(session.name());
    const std::int64_t now_us = Now();
    const Faults faults = FaultsOfAttendance(request.attendance(), session, now_us);
    if (!faults.empty()) return errors::InvalidResource("", faults);
    MergeAttendance(request.attendance(), &session);
    SaveSession(deps_, context, "session.attendance", now_us, *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::RecordAttendanceResponse>(context, step);
}

}  // namespace rapport::notes
