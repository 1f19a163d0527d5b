// Sessions: started, ended, cancelled, who took part, and what was wrong about it.
#include "notes/amendment_rules.h"
#include "notes/apart_rules.h"
#include "notes/change_chart.h"
#include "notes/notes_errors.h"
#include "notes/session_rules.h"
#include "notes/show.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::notes {
namespace {

// Nobody is on record as having been in a session no moment of which they belonged to the family or
// its therapist system in: the roster is put right first. Somebody whose entry begins minutes after
// the session is no mistake.
absl::Status CheckWhoCame(const schema::Names& names, const AccessFacts& facts,
                          const AttendanceList& attendance, const v1::Session& session,
                          std::int64_t now_us) {
  const std::int64_t start_us = Micros(session.start_time());
  const std::int64_t end_us = session.has_end_time() ? Micros(session.end_time()) : now_us;
  // An entry that was found to be wrong has no moment.
  const auto meets = [&](const Period& period) {
    return period.from_us <= end_us &&
           (period.to_us == 0 || (period.to_us > start_us && period.to_us > period.from_us));
  };
  std::set<std::string> there;
  for (const AccessFacts::Member& member : facts.members) {
    if (meets(member.period)) there.insert(names.Member(facts.family, member.member));
  }
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (meets(helper.period)) there.insert(names.Professional(helper.professional));
  }
  const auto strangers = CameWithoutBelonging(attendance, there);
  return strangers.empty() ? absl::OkStatus() : errors::DidNotBelong(strangers);
}

}  // namespace

NotesService::Answer<v1::StartSessionResponse> NotesService::StartSession(
    CallContext& context, const v1::StartSessionRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_ASSIGN_OR_RETURN(const Elsewhere elsewhere, co_await AskElsewhere(context));
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
    const bool told_later = request.has_start_time();
    *session.mutable_start_time() = told_later ? request.start_time() : schema::ToTimestamp(now_us);
    const std::int64_t start_us = Micros(session.start_time());
    const Faults faults = FaultsOfTimes(session, now_us);
    if (!faults.empty()) return errors::InvalidResource("", faults);
    const AccessFacts facts =
        told_later ? FactsAt(*context.access.facts, start_us) : *context.access.facts;
    const auto members = MemberIds(names, chart.family, session.invited_members());
    const auto unmet = UnmetForMeeting(members, facts, start_us, start_us);
    if (!unmet.empty()) return errors::MeetingRefused(names, chart.family, unmet, false);
    const auto meets = [&](const Chart& one, const Apart& apart) {
      return std::ranges::any_of(one.sessions, [&](const StoredSession& other) {
        return WouldMeetNow(session, other.message, apart, now_us);
      });
    };
    const auto meets_there = [&](const Chart& one) { return meets(one, elsewhere.apart); };
    if (meets(chart, ApartIn(names, *context.access.facts)) ||
        std::ranges::any_of(chart.beside, meets_there)) {
      return errors::MeetingRefused(names, chart.family, {OtherHourNeeded()}, false);
    }
    if (LacksRecordingConsent(session, members, facts, start_us)) {
      return errors::RecordingNotConsented(session.name());
    }
    session.set_state(v1::SESSION_STATE_IN_PROGRESS);
    SaveSession(deps_, context, "session.start", now_us, *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::StartSessionResponse>(context, step, ChartPart::kWhole,
                                                           elsewhere.families);
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
    // A draft of it could never be signed.
    if (request.no_show() && chart.HasNote(record.id)) {
      return errors::SessionHasNotes(session.name());
    }
    const std::int64_t now_us = Now();
    if (request.no_show() && request.has_end_time()) {
      return errors::InvalidResource("", {{"end_time", "not of a session that nobody came to"}});
    }
    const bool held = !request.no_show();
    if (held && !request.has_end_time() && IsTooLong(session, now_us)) {
      return errors::WhenDidItEnd(session.name());
    }
    *session.mutable_end_time() =
        request.has_end_time() ? request.end_time() : schema::ToTimestamp(now_us);
    if (request.has_end_time()) {
      Faults faults = FaultsOfTimes(session, now_us);
      if (SomebodyIsOutside(session)) {
        faults.push_back({"end_time", "not before somebody who is recorded came or went"});
      }
      if (!faults.empty()) return errors::InvalidResource("", faults);
      RETURN_IF_ERROR(CheckWhoCame(deps_.NamesOf(agency), *context.access.facts,
                                   session.attendance(), session, now_us));
    }
    session.set_state(to);
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
    if (session.state() == v1::SESSION_STATE_IN_PROGRESS) {
      if (context.access.viewer == Viewer::kAgency) {
        return errors::MoveRefused({{"ILLEGAL_TRANSITION", session.name(),
                                     "what began is the clinician's to cancel, if by mistake"}});
      }
      if (request.reason() != v1::CANCEL_REASON_MISTAKEN) {
        return errors::InvalidResource("", {{"reason", "MISTAKEN, once the session began"}});
      }
      if (SomeMemberAttended(session)) return errors::MemberAttended(session.name());
      if (chart.HasNote(record.id)) return errors::SessionHasNotes(session.name());
      session.clear_start_time();
    }
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
  // Whoever comes uninvited may be apart from somebody there by what another family's records say.
  CO_RETURN_IF_ERROR((co_await AskElsewhere(context)).status());
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
    RETURN_IF_ERROR(TakeAttendance(context, chart, request.attendance(), now_us, &session));
    SaveSession(deps_, context, "session.attendance", now_us, *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::RecordAttendanceResponse>(context, step);
}

absl::Status NotesService::TakeAttendance(const CallContext& context, const Chart& chart,
                                          const AttendanceList& entries, std::int64_t now_us,
                                          v1::Session* session) const {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  const std::int64_t start_us = Micros(session->start_time());
  const AccessFacts facts = FactsAt(*context.access.facts, start_us);
  std::set<std::string> members, professionals;
  for (const AccessFacts::Member& member : facts.members) {
    if (!member.period.Contains(start_us)) continue;
    members.insert(names.Member(chart.family, member.member));
  }
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (helper.period.Contains(start_us)) {
      professionals.insert(names.Professional(helper.professional));
    }
  }
  const int invited = session->invited_members_size();
  InviteWhoCame(entries, members, professionals, session);
  const Faults faults = FaultsOfAttendance(entries, *session, now_us);
  if (!faults.empty()) return errors::InvalidResource("", faults);
  if (session->invited_members_size() > invited) {
    const auto ids = MemberIds(names, chart.family, session->invited_members());
    const auto unmet = UnmetForMeeting(ids, facts, start_us, start_us);
    if (!unmet.empty()) return errors::MeetingRefused(names, chart.family, unmet, false);
    if (LacksRecordingConsent(*session, ids, facts, start_us)) {
      return errors::RecordingNotConsented(session->name());
    }
  }
  RETURN_IF_ERROR(CheckWhoCame(names, facts, entries, *session, now_us));
  MergeAttendance(entries, session);
  return absl::OkStatus();
}

NotesService::Answer<v1::CorrectSessionResponse> NotesService::CorrectSession(
    CallContext& context, const v1::CorrectSessionRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_RETURN_IF_ERROR((co_await AskElsewhere(context)).status());
  Step<v1::CorrectSessionResponse> step =
      [&](Chart& chart, records::Changes& changes,
          v1::CorrectSessionResponse& response) -> absl::Status {
    StoredSession* stored = FindSession(context, chart, request.name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Session& session = stored->message;
    if (session.state() != v1::SESSION_STATE_HELD) return errors::SessionNotHeld(session.name());
    const std::int64_t now_us = Now();
    // What a locked note rests on is corrected by whom the note is.
    const auto corrects = [&](const StoredNote& note) {
      return note.record.parent == record.id && note.message.state() == v1::NOTE_STATE_LOCKED &&
             MayAmend(names.ReadProfessional(note.message.author()).value_or(""),
                      context.access.professional, *context.access.facts, now_us);
    };
    if (chart.HasLockedNote(record.id) && std::ranges::none_of(chart.notes, corrects)) {
      return errors::NotTheAuthor();
    }
    if (session.corrections_size() >= kMaxCorrections) return errors::TooManyCorrections();
    const v1::Session before = session;
    if (request.has_start_time()) *session.mutable_start_time() = request.start_time();
    if (request.has_end_time()) *session.mutable_end_time() = request.end_time();
    if (request.has_start_time() || request.has_end_time()) {
      const Faults faults = FaultsOfTimes(session, now_us);
      if (!faults.empty()) return errors::InvalidResource("", faults);
    }
    RETURN_IF_ERROR(TakeAttendance(context, chart, request.attendance(), now_us, &session));
    if (SomebodyIsOutside(session)) {
      return errors::InvalidResource(
          "", {{"attendance", "of everybody who came or went outside the session's times"}});
    }
    if (request.has_start_time() || request.has_end_time()) {
      RETURN_IF_ERROR(
          CheckWhoCame(names, *context.access.facts, session.attendance(), session, now_us));
    }
    v1::SessionCorrection correction;
    if (!NoteCorrected(before, session, &correction)) {
      return errors::NothingCorrected(session.name());
    }
    correction.set_author(names.Professional(context.access.professional));
    *correction.mutable_correct_time() = schema::ToTimestamp(now_us);
    correction.set_reason(request.reason());
    *session.add_corrections() = std::move(correction);
    SaveSession(deps_, context, "session.correct", now_us, *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::CorrectSessionResponse>(context, step);
}

}  // namespace rapport::notes
