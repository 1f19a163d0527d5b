// Sessions: planned, changed, shown.
#include "notes/apart_rules.h"
#include "notes/change_chart.h"
#include "notes/notes_errors.h"
#include "notes/session_rules.h"
#include "notes/show.h"
#include "platform/audit/shown.h"
#include "platform/base/strings.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/external_ids.h"
#include "platform/schema/field_mask.h"
#include "platform/schema/list_filter.h"

#include <algorithm>
#include <memory>
#include <set>

namespace rapport::notes {
namespace {

// Everything that a session about to be planned or replanned must be.
absl::Status CheckPlan(const schema::Names& names, const CallContext& context,
                       const v1::Session& session, std::int64_t now_us) {
  const AccessFacts& facts = *context.access.facts;
  Invited invited{MemberIds(names, facts.family, session.invited_members()), {}};
  for (const std::string& name : session.invited_professionals()) {
    invited.professionals.push_back(names.ReadProfessional(name).value_or(""));
  }
  const Faults faults = FaultsOfPlan(session, invited, facts);
  if (!faults.empty()) return errors::InvalidResource("session.", faults);
  const auto unmet =
      UnmetForMeeting(invited.members, facts, Micros(session.scheduled_start_time()), now_us);
  if (!unmet.empty()) {
    return errors::MeetingRefused(names, facts.family, unmet,
                                  context.access.viewer == Viewer::kAgency);
  }
  if (LacksRecordingConsent(session, invited.members, facts,
                            Micros(session.scheduled_start_time()))) {
    return errors::RecordingNotConsented(session.name());
  }
  return absl::OkStatus();
}

// Whom the plan would bring together with somebody of another session.
absl::Status CheckHour(const schema::Names& names, const CallContext& context, const Chart& chart,
                       const v1::Session& session, const Elsewhere& elsewhere) {
  const auto meets = [&](const Chart& one, const Apart& apart) {
    return std::ranges::any_of(one.sessions, [&](const StoredSession& other) {
      return WouldMeetAsPlanned(session, other.message, apart);
    });
  };
  const auto meets_there = [&](const Chart& one) { return meets(one, elsewhere.apart); };
  if (!meets(chart, ApartIn(names, *context.access.facts)) &&
      std::ranges::none_of(chart.beside, meets_there)) {
    return absl::OkStatus();
  }
  return errors::MeetingRefused(names, chart.family, {OtherHourNeeded()},
                                context.access.viewer == Viewer::kAgency);
}

// Another system isn't told of other families: it could find out which members are one person.
template <typename Response>
void Warn(const CallContext& context, const Chart& chart, const v1::Session& session,
          const Elsewhere& elsewhere, Response& response) {
  const auto overlaps = [&](const Chart& one) {
    return std::ranges::any_of(one.sessions, [&](const StoredSession& other) {
      return Overlap(session, other.message, elsewhere.same);
    });
  };
  const bool told = context.access.viewer != Viewer::kAgency;
  if (overlaps(chart) || (told && std::ranges::any_of(chart.beside, overlaps))) {
    response.add_warnings(v1::SESSION_WARNING_OVERLAP);
  }
}

absl::Status CheckIdentifiedClient(const schema::Names& names, const CallContext& context,
                                   const v1::Session& session) {
  const std::string& client = session.identified_client();
  if (client.empty() || MemberNames(names, *context.access.facts).contains(client)) {
    return absl::OkStatus();
  }
  return errors::InvalidResource("session.", {{"identified_client", "a member of this family"}});
}

const auto& kSessionFilter = *new schema::ListFilter<v1::Session>(
    {{"state"}, {"format"}, {"scheduled_start_time"}, {"external_ids"}});

}  // namespace

NotesService::Answer<Chart> NotesService::LoadChart(CallContext& context, ChartPart part,
                                                    const std::vector<std::string>& beside) {
  const std::string& agency = context.principal->agency;
  Chart chart;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(chart, store_.Load(tx, agency, context.access.family, part));
    for (const std::string& family : beside) {
      ASSIGN_OR_RETURN(chart.beside.emplace_back(),
                       store_.Load(tx, agency, family, ChartPart::kSessions));
    }
    return absl::OkStatus();
  }));
  co_return chart;
}

// Who has no account can't be known to be somebody else's member, nor who is kept apart from them.
NotesService::Answer<Elsewhere> NotesService::AskElsewhere(CallContext& context) {
  Elsewhere elsewhere;
  const auto has_account = [](const AccessFacts::Member& one) { return !one.subjects.empty(); };
  if (std::ranges::none_of(context.access.facts->members, has_account)) co_return elsewhere;
  const std::string family = context.access.facts->family;
  CO_ASSIGN_OR_RETURN(const Ties ties, co_await rosters_.TiesOf(context, family));
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  auto facts = std::make_shared<AccessFacts>(*context.access.facts);
  std::set<std::string> families;
  const auto pair = [&](const Tie& tie) {
    families.insert(tie.other_family);
    return std::pair(names.Member(family, tie.member), names.Member(tie.other_family, tie.other));
  };
  for (const Tie& tie : ties.same) elsewhere.same.push_back(pair(tie));
  for (const Tie& tie : ties.apart) {
    if (tie.other_family == family) {
      facts->separated.emplace_back(tie.member, tie.other, tie.since_us);
    } else {
      elsewhere.apart.push_back(pair(tie));
    }
  }
  elsewhere.families.assign(families.begin(), families.end());
  context.access.facts = std::move(facts);
  co_return elsewhere;
}

NotesService::Answer<std::string> NotesService::ExternalIdOwner(CallContext& context,
                                                                const v1::Session& session,
                                                                std::string_view own) {
  const std::string& agency = context.principal->agency;
  std::string owner;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    for (const auto& id : session.external_ids()) {
      ASSIGN_OR_RETURN(const auto key, store_.FindSession(tx, agency, id));
      if (key && key->id != own) owner = deps_.NamesOf(agency).Session(key->family, key->id);
    }
    return absl::OkStatus();
  }));
  co_return owner;
}

StoredSession* NotesService::FindSession(CallContext& context, Chart& chart,
                                         const std::string& name) const {
  const auto read = deps_.NamesOf(context.principal->agency).Read(schema::patterns::kSession, name);
  if (!read || read->family != chart.family) return nullptr;
  return chart.Session(read->id);
}

NotesService::Answer<v1::ScheduleSessionResponse> NotesService::ScheduleSession(
    CallContext& context, const v1::ScheduleSessionRequest& request) {
  const schema::Names names = deps_.NamesOf(context.principal->agency);
  CO_ASSIGN_OR_RETURN(const Elsewhere elsewhere, co_await AskElsewhere(context));
  CO_RETURN_IF_ERROR(CheckPlan(names, context, request.session(), Now()));
  CO_RETURN_IF_ERROR(CheckIdentifiedClient(names, context, request.session()));
  CO_RETURN_IF_ERROR(schema::CheckExternalIds("session.", request.session().external_ids()));
  auto owner = co_await ExternalIdOwner(context, request.session(), "");
  if (!owner.ok()) co_return owner.status();
  if (!owner->empty()) co_return errors::ExternalIdTaken(*owner);
  Step<v1::ScheduleSessionResponse> step =
      [&](Chart& chart, records::Changes& changes,
          v1::ScheduleSessionResponse& response) -> absl::Status {
    const std::int64_t now_us = Now();
    StoredSession stored{NewRecord(kSession, chart.family, "", 0, now_us), request.session()};
    v1::Session& session = stored.message;
    session.set_name(names.Session(chart.family, stored.record.id));
    session.set_state(v1::SESSION_STATE_SCHEDULED);
    RETURN_IF_ERROR(CheckHour(names, context, chart, session, elsewhere));
    Warn(context, chart, session, elsewhere, response);
    SaveSession(deps_, context, "session.schedule", now_us, stored, changes);
    for (const auto& id : session.external_ids()) {
      changes.Claim(ExternalClaim("session", "", id), id.value(), stored.record);
    }
    *response.mutable_session() = Show(deps_, context, chart, stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::ScheduleSessionResponse>(context, step, ChartPart::kWhole,
                                                              elsewhere.families);
}

NotesService::Answer<v1::UpdateSessionResponse> NotesService::UpdateSession(
    CallContext& context, const v1::UpdateSessionRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  CO_ASSIGN_OR_RETURN(const Elsewhere elsewhere, co_await AskElsewhere(context));
  if (schema::MaskCovers(request.update_mask(), "external_ids")) {
    const auto own = names.Read(schema::patterns::kSession, request.session().name());
    auto owner = co_await ExternalIdOwner(context, request.session(), own ? own->id : "");
    if (!owner.ok()) co_return owner.status();
    if (!owner->empty()) co_return errors::ExternalIdTaken(*owner);
  }
  Step<v1::UpdateSessionResponse> step = [&](Chart& chart, records::Changes& changes,
                                             v1::UpdateSessionResponse& response) -> absl::Status {
    StoredSession* stored = FindSession(context, chart, request.session().name());
    if (stored == nullptr) return schema::NotFound();
    const records::Record& record = stored->record;
    RETURN_IF_ERROR(deps_.etags.Check(request.etag(), agency, record.id, record.version));
    v1::Session& session = stored->message;
    const v1::Session before = session;
    RETURN_IF_ERROR(schema::ApplyUpdate(request.session(), request.update_mask(), &session));
    RETURN_IF_ERROR(
        schema::CheckExternalIds("session.", session.external_ids(), before.external_ids()));
    const Faults fixed = FixedFieldsChanged(before, session);
    if (before.state() != v1::SESSION_STATE_SCHEDULED && !fixed.empty()) {
      return errors::SessionStarted(before.name(), fixed);
    }
    if (!fixed.empty()) {
      RETURN_IF_ERROR(CheckPlan(names, context, session, Now()));
      RETURN_IF_ERROR(CheckHour(names, context, chart, session, elsewhere));
      Warn(context, chart, session, elsewhere, response);
    }
    if (session.identified_client() != before.identified_client()) {
      RETURN_IF_ERROR(CheckIdentifiedClient(names, context, session));
    }
    records::MoveClaims("session", "", before.external_ids(), session.external_ids(), record,
                        changes, ExternalClaim);
    SaveSession(deps_, context, "session.update", Now(), *stored, changes);
    *response.mutable_session() = Show(deps_, context, chart, *stored);
    return absl::OkStatus();
  };
  co_return co_await ChangeChart<v1::UpdateSessionResponse>(context, step, ChartPart::kWhole,
                                                            elsewhere.families);
}

NotesService::Answer<v1::GetSessionResponse> NotesService::GetSession(
    CallContext& context, const v1::GetSessionRequest& request) {
  auto chart = co_await LoadChart(context, ChartPart::kSessions);
  if (!chart.ok()) co_return chart.status();
  const StoredSession* stored = FindSession(context, *chart, request.name());
  if (stored == nullptr) co_return schema::NotFound();
  context.disclosed_resource = stored->record.id;
  context.disclosed_kind = kSession;
  context.disclosed_version = stored->record.version;
  v1::GetSessionResponse response;
  *response.mutable_session() = Show(deps_, context, *chart, *stored);
  co_return response;
}

NotesService::Answer<v1::ListSessionsResponse> NotesService::ListSessions(
    CallContext& context, const v1::ListSessionsRequest& request) {
  CO_ASSIGN_OR_RETURN(const auto terms, kSessionFilter.Read(request.filter()));
  CO_ASSIGN_OR_RETURN(const auto order, schema::ParseOrderBy(request.order_by(),
                                                             {"scheduled_start_time"}, {0, true}));
  if (schema::IsAnyFamily(request.parent())) {
    co_return co_await ListAgencySessions(context, request, terms, order.descending);
  }
  auto chart = co_await LoadChart(context, ChartPart::kSessions);
  if (!chart.ok()) co_return chart.status();
  std::vector<records::Placed<const StoredSession*>> entries;
  for (const StoredSession& stored : chart->sessions) {
    if (!kSessionFilter.Matches(terms, stored.message)) continue;
    entries.push_back({stored.record.sort_us, stored.record.id, &stored});
  }
  v1::ListSessionsResponse response;
  CO_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                      records::ShowPage(deps_, context, request, std::move(entries),
                                        order.descending, [&](const StoredSession* stored) {
                                          context.disclosed_version = std::max(
                                              context.disclosed_version, stored->record.version);
                                          *response.add_sessions() =
                                              Show(deps_, context, *chart, *stored);
                                        }));
  co_return response;
}

// Which of a family's held sessions each one is would take all of the family's.
NotesService::Answer<v1::ListSessionsResponse> NotesService::ListAgencySessions(
    CallContext& context, const v1::ListSessionsRequest& request,
    const std::vector<schema::FilterTerm>& terms, bool newest_first) {
  v1::ListSessionsResponse response;
  const auto take = [&](records::Record record, bool show) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const auto stored, records::Parse<v1::Session>(std::move(record)));
    if (!kSessionFilter.Matches(terms, stored.message)) return false;
    if (!show) return true;
    audit::NoteShown(context, stored.record.family);
    context.disclosed_version = std::max(context.disclosed_version, stored.record.version);
    v1::Session& shown = *response.add_sessions();
    shown = Show(deps_, context, Chart(), stored);
    shown.clear_held_number();
    return true;
  };
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      co_await records::ScanPage(deps_, context, request,
                                 {.kind = kSession, .newest_first = newest_first}, take));
  co_return response;
}

}  // namespace rapport::notes
