// GetCaseload: the caller's families in the order in which they need attention.
//
// Intake says which families those are; of each only what is open, the latest
// session and the newest forms are read, however long its history is. A family
// whose case is over is in it for as long as a call for help of one of its
// members is unanswered.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/beyond_cutoff.h"
#include "alliance/caseload_rules.h"
#include "alliance/rating_rules.h"
#include "alliance/request_rules.h"
#include "alliance/signal_show.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/records/lists.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace rapport::alliance {
namespace {

// As if the caller asked for the map.
constexpr std::string_view kGetMap = "rapport.alliance.v1.AllianceService/GetAllianceMap";
constexpr int kNewestForms = 40, kNewestCalls = 100;
// More than a family has in kQuietDays, for which an answered call waits at
// most.
constexpr int kNewestSessions = 40;
constexpr std::array kNotClosed = {v1::SIGNAL_STATE_OPEN, v1::SIGNAL_STATE_ACKNOWLEDGED,
                                   v1::SIGNAL_STATE_WORKING, v1::SIGNAL_STATE_SNOOZED};

// Session, rater and instrument: what a rating and its request have in common.
std::string FormKey(std::string_view session, std::string_view rater, std::string_view form) {
  return Concat({session, " ", rater, " ", form});
}

// Who attends and gets no form, for want of a consent to ratings.
std::vector<std::string> NotAsked(const schema::Names& names, const std::string& family,
                                  const AccessFacts& facts, std::int64_t now_us) {
  std::vector<std::string> members;
  for (const AccessFacts::Member& member : facts.members) {
    const int age = AgeAt(member, now_us);
    if (!member.direct || !member.period.Contains(now_us) || (age >= 0 && age < kLeastAge))
      continue;
    if (!ConsentsToRatings(facts, member.member, now_us)) {
      members.push_back(names.Member(family, member.member));
    }
  }
  return members;
}

// When each member's latest session that they attended began, of the newest
// ones.
absl::StatusOr<std::map<std::string, std::int64_t>> AttendedLast(const records::ServiceDeps& deps,
                                                                 db::Tx& tx,
                                                                 const std::string& agency,
                                                                 const std::string& family) {
  std::map<std::string, std::int64_t> attended;
  ASSIGN_OR_RETURN(
      auto sessions,
      deps.records.List(
          tx, agency,
          {.kind = kSession, .family = family, .newest_first = true, .limit = kNewestSessions}));
  for (records::Record& record : sessions) {
    ASSIGN_OR_RETURN(const auto session,
                     records::Parse<internal::v1::StoredHeldSession>(std::move(record)));
    for (const auto& attendee : session.message.held().attendees()) {
      if (attendee.professional() || !Attended(attendee)) continue;
      attended.try_emplace(attendee.person(), session.message.held().started_us());
    }
  }
  return attended;
}

ShownNames NamesIn(const intake::v1::Roster& roster) {
  ShownNames shown;
  for (const auto& member : roster.members()) shown[member.member()] = member.display_name();
  for (const auto& helper : roster.helpers()) shown[helper.professional()] = helper.display_name();
  return shown;
}

}  // namespace

absl::Status AllianceService::CountForms(db::Tx& tx, const std::string& agency,
                                         const std::string& family,
                                         FamilyStanding& standing) const {
  std::set<std::string> given;
  std::vector<v1::Rating> newest;
  std::map<std::string, std::shared_ptr<const v1::Instrument>> forms;
  ASSIGN_OR_RETURN(
      auto ratings,
      deps_.records.List(
          tx, agency,
          {.kind = kRating, .family = family, .newest_first = true, .limit = 2 * kNewestForms}));
  for (records::Record& record : ratings) {
    ASSIGN_OR_RETURN(auto rating, records::Parse<v1::Rating>(std::move(record)));
    const v1::Rating& one = newest.emplace_back(std::move(rating.message));
    given.insert(FormKey(one.session(), one.rater(), one.instrument()));
    const auto [form, first] = forms.try_emplace(one.instrument());
    if (!first) continue;
    ASSIGN_OR_RETURN(form->second, store_.Instrument(tx, agency, one.instrument()));
  }
  standing.beyond_cutoff = FindBeyondCutoffs(
      newest, [&](const std::string& name) { return forms[name].get(); }, standing.now_us);
  ASSIGN_OR_RETURN(
      auto requests,
      deps_.records.List(
          tx, agency,
          {.kind = kRequest, .family = family, .newest_first = true, .limit = kNewestForms}));
  for (records::Record& record : requests) {
    ASSIGN_OR_RETURN(auto request,
                     records::Parse<internal::v1::StoredRatingRequest>(std::move(record)));
    const v1::RatingRequest& form = request.message.request();
    if (request.message.professional()) continue;
    const bool rated = given.contains(FormKey(form.session(), form.rater(), form.instrument()));
    const auto state = StateOf(static_cast<v1::RatingRequestState>(request.record.state), rated,
                               schema::ToMicros(form.expire_time()), standing.now_us);
    if (IsWaiting(state)) {
      ++standing.forms_open;
      continue;
    }
    ++standing.forms_due;
    standing.forms_given += rated ? 1 : 0;
  }
  return absl::OkStatus();
}

// Open calls for help, and of each member the gravest answered one that is
// still seen to, unless an open call of theirs says as much.
absl::Status AllianceService::FindCalls(db::Tx& tx, const std::string& agency,
                                        const std::string& family, const AccessFacts& facts,
                                        FamilyStanding& standing) const {
  const auto calls_in = [&](v1::UrgentTaskState state) {
    return deps_.records.List(tx, agency,
                              {.kind = kUrgent,
                               .family = family,
                               .state = state,
                               .newest_first = true,
                               .limit = kNewestCalls});
  };
  std::map<std::string, v1::ConcernKind> open_kinds;  // by member
  ASSIGN_OR_RETURN(auto open, calls_in(v1::URGENT_TASK_STATE_OPEN));
  for (records::Record& record : open) {
    ASSIGN_OR_RETURN(auto stored,
                     records::Parse<internal::v1::StoredUrgentTask>(std::move(record)));
    v1::ConcernKind& kind = open_kinds[stored.message.member()];
    kind = std::max(kind, stored.message.task().kind());
    standing.urgent.push_back(std::move(*stored.message.mutable_task()));
  }
  ASSIGN_OR_RETURN(auto answered, calls_in(v1::URGENT_TASK_STATE_ACKNOWLEDGED));
  std::vector<internal::v1::StoredUrgentTask> unsettled;  // whoever attended what
  for (records::Record& record : answered) {
    ASSIGN_OR_RETURN(auto stored,
                     records::Parse<internal::v1::StoredUrgentTask>(std::move(record)));
    if (StillSeenTo(stored.message, facts, /*attended_us=*/0, standing.now_us)) {
      unsettled.push_back(std::move(stored.message));
    }
  }
  if (unsettled.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto attended, AttendedLast(deps_, tx, agency, family));
  std::map<std::string, AnsweredCall> gravest;  // by member
  for (const internal::v1::StoredUrgentTask& one : unsettled) {
    const auto met = attended.find(one.member());
    auto call = StillSeenTo(one, facts, met == attended.end() ? 0 : met->second, standing.now_us);
    const auto said = open_kinds.find(one.member());
    if (!call || (said != open_kinds.end() && said->second >= call->task.kind())) continue;
    const auto [known, first] = gravest.try_emplace(one.member(), *call);
    if (!first && IsGraver(*call, known->second)) known->second = *std::move(call);
  }
  for (auto& [member, call] : gravest) standing.answered.push_back(std::move(call));
  return absl::OkStatus();
}

absl::StatusOr<FamilyStanding> AllianceService::StandingOf(db::Tx& tx, const std::string& agency,
                                                           const std::string& family,
                                                           const AccessFacts& facts) const {
  FamilyStanding standing{.family = deps_.NamesOf(agency).Family(family), .now_us = Now()};
  for (const v1::SignalState state : kNotClosed) {
    ASSIGN_OR_RETURN(
        auto signals,
        deps_.records.List(tx, agency, {.kind = kSignal, .family = family, .state = state}));
    for (records::Record& record : signals) {
      ASSIGN_OR_RETURN(auto stored, records::Parse<internal::v1::StoredSignal>(std::move(record)));
      standing.signals.push_back(ShowSignal(deps_, agency, stored));
    }
  }
  ASSIGN_OR_RETURN(
      auto sessions,
      deps_.records.List(tx, agency,
                         {.kind = kSession, .family = family, .newest_first = true, .limit = 1}));
  if (!sessions.empty()) {
    standing.last_session_us = sessions.front().sort_us;
    standing.not_asked = NotAsked(deps_.NamesOf(agency), family, facts, standing.now_us);
  }
  RETURN_IF_ERROR(FindCalls(tx, agency, family, facts, standing));
  RETURN_IF_ERROR(CountForms(tx, agency, family, standing));
  return standing;
}

// Of the caller's families those to look at.
AllianceService::Answer<std::vector<Access>> AllianceService::LookedAfter(
    CallContext& context, const Caseload& caseload) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  std::vector<std::string> candidates;
  for (const std::string& name : caseload.families) {
    if (const auto family = names.ReadFamily(name)) candidates.push_back(*family);
  }
  std::set<std::string> calling;
  if (!caseload.over.empty()) {
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      calling.clear();
      ASSIGN_OR_RETURN(
          const auto open,
          deps_.records.List(tx, agency, {.kind = kUrgent, .state = v1::URGENT_TASK_STATE_OPEN}));
      for (const records::Record& record : open) calling.insert(record.family);
      // Of a closed case what nobody has settled: that it was hardly safe to speak. Family by
      // family, since an agency has more open signals than a list gives.
      for (const std::string& name : caseload.over) {
        const auto family = names.ReadFamily(name);
        if (!family || calling.contains(*family)) continue;
        ASSIGN_OR_RETURN(const auto signals,
                         deps_.records.List(tx, agency, {.kind = kSignal, .family = *family}));
        const bool unsettled = std::ranges::any_of(signals, [](const records::Record& record) {
          return std::ranges::find(kNotClosed, record.state) != kNotClosed.end();
        });
        if (unsettled) calling.insert(*family);
      }
      return absl::OkStatus();
    }));
  }
  for (const std::string& name : caseload.over) {
    const auto family = names.ReadFamily(name);
    if (family && calling.contains(*family)) candidates.push_back(*family);
  }
  std::vector<Access> families;
  for (const std::string& family : candidates) {
    auto access = co_await deps_.access.Check(context, kGetMap, family, "");
    if (!access.ok() && absl::IsUnavailable(access.status())) co_return access.status();
    if (!access.ok()) continue;
    access->family = family;
    families.push_back(*std::move(access));
  }
  co_return families;
}

AllianceService::Answer<v1::GetCaseloadResponse> AllianceService::GetCaseload(
    CallContext& context, const v1::GetCaseloadRequest& request) {
  const std::string& agency = context.principal->agency;
  const schema::Names names = deps_.NamesOf(agency);
  v1::GetCaseloadResponse response;
  CO_ASSIGN_OR_RETURN(const Caseload caseload, co_await rosters_.CaseloadOf(context));
  response.set_incomplete(caseload.incomplete);
  CO_ASSIGN_OR_RETURN(const std::vector<Access> families, co_await LookedAfter(context, caseload));
  std::vector<WaitingEntry> entries;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    entries.clear();
    for (const Access& access : families) {
      ASSIGN_OR_RETURN(FamilyStanding standing,
                       StandingOf(tx, agency, access.family, *access.facts));
      const auto due = caseload.due.find(standing.family);
      if (due != caseload.due.end()) standing.due = due->second;
      entries.push_back(WaitingEntryOf(standing));
    }
    return absl::OkStatus();
  }));
  std::ranges::sort(entries, ComesFirst);
  std::vector<records::Placed<WaitingEntry>> placed;
  for (WaitingEntry& waiting : entries) {
    const auto place = static_cast<std::int64_t>(placed.size());
    std::string family = *names.ReadFamily(waiting.entry.family());
    placed.push_back({place, std::move(family), std::move(waiting)});
  }
  std::vector<WaitingEntry> page;
  CO_ASSIGN_OR_RETURN(
      *response.mutable_next_page_token(),
      records::ShowPage(deps_, context, request, std::move(placed), /*newest_first=*/false,
                        [&](WaitingEntry waiting) { page.push_back(std::move(waiting)); }));
  co_await NamePeople(context, page);
  for (WaitingEntry& waiting : page) {
    audit::NoteShown(context, *names.ReadFamily(waiting.entry.family()));
    *response.add_entries() = std::move(waiting.entry);
  }
  co_return response;
}

// By their names of now, where that is worth asking intake for; whom it does
// not name are members and colleagues.
Task<> AllianceService::NamePeople(CallContext& context, std::vector<WaitingEntry>& page) {
  const std::vector<WaitingEntry*> to_be_named = ToBeNamed(page);
  bool answers = true;  // intake; where it does not, the next ones would wait as long
  for (WaitingEntry& waiting : page) {
    ShownNames shown;
    if (answers && std::ranges::find(to_be_named, &waiting) != to_be_named.end()) {
      const auto roster = co_await rosters_.RosterAt(context, waiting.entry.family(), 0);
      answers = !absl::IsUnavailable(roster.status()) && !context.Expired();
      if (roster.ok()) shown = NamesIn(*roster);
    }
    PutNames(shown, waiting);
  }
}

}  // namespace rapport::alliance
