#include "alliance/event_handler.h"

#include "alliance/due_forms.h"
#include "alliance/family_history.h"
#include "alliance/goal_ends.h"
#include "alliance/not_safe.h"
#include "alliance/put_record.h"
#include "alliance/request_changes.h"
#include "alliance/rescore.h"
#include "alliance/signals/life_cycle.h"
#include "platform/base/status_macros.h"
#include "platform/records/event_history.h"
#include "platform/records/lists.h"
#include "platform/records/versions.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <set>
#include <utility>

namespace rapport::alliance {

struct AllianceEvents::Step {
  FamilyFile& file;
  const AccessFacts& facts;
  const schema::Names& names;
  std::int64_t now_us = 0;
  records::Changes& changes;
  const PlanInForce& plan;  // of held sessions and closed cases only

  RequestStep requests() const { return {file, names, now_us, changes}; }
};

namespace {

absl::Status BadBody() { return absl::InvalidArgumentError("the event's body can't be read"); }

std::int64_t VersionOf(const internal::v1::EventEnvelope& event) {
  return records::VersionTold(event.sequence(), event.version());
}

// That there is something to look at again: all of it is on record already.
bool IsOwn(int type) {
  return type == internal::v1::EVENT_TYPE_RATING_RECORDED ||
         type == internal::v1::EVENT_TYPE_RATING_REQUEST_EXPIRED;
}

// Beside who was known to be.
void KeepWhoIsApart(const AccessFacts& facts, internal::v1::StoredHeldSession& session) {
  std::set<std::string> apart(session.apart().begin(), session.apart().end());
  for (const AccessFacts::Separation& pair : facts.separated) {
    if (pair.since_us <= session.held().started_us()) apart.insert({pair.first, pair.second});
  }
  session.mutable_apart()->Assign(apart.begin(), apart.end());
}

}  // namespace

Task<absl::StatusOr<std::optional<records::Changes>>> AllianceEvents::Handle(
    CallContext& context, const internal::v1::EventEnvelope& event) {
  using internal::v1::EventType;
  // One's own; intake's say that facts changed.
  if (event.type() == EventType::EVENT_TYPE_SAFETY_CHANGED && event.source() == "alliance") {
    co_return co_await ConfirmConcern(context, event);
  }
  if (event.type() == EventType::EVENT_TYPE_SAFETY_CHANGED && event.source() == "goals") {
    co_return co_await TakeConcernOfHomework(context, event);
  }
  constexpr std::array kKnown = {
      EventType::EVENT_TYPE_SESSION_HELD,    EventType::EVENT_TYPE_NOTE_SIGNED,
      EventType::EVENT_TYPE_GOAL_CHANGED,    EventType::EVENT_TYPE_HOMEWORK_CHANGED,
      EventType::EVENT_TYPE_RATING_RECORDED, EventType::EVENT_TYPE_ROSTER_CHANGED,
      EventType::EVENT_TYPE_CASE_CHANGED,    EventType::EVENT_TYPE_RATING_REQUEST_EXPIRED};
  if (std::ranges::find(kKnown, event.type()) == kKnown.end()) co_return std::nullopt;
  const bool roster = event.type() == EventType::EVENT_TYPE_ROSTER_CHANGED;
  if (roster && event.body().empty()) co_return std::nullopt;
  const bool own = IsOwn(event.type());
  if (own && memories_.SawAtRest(event.agency(), event.family(), event.sequence())) {
    co_return std::nullopt;
  }
  CO_ASSIGN_OR_RETURN(
      const Facts facts,
      co_await facts_.Load(context, event.agency(), event.family(), options::v1::FRESHNESS_CACHED));
  if (facts == nullptr) {  // the family was erased
    memories_.Forget(event.agency(), event.family());
    co_return std::nullopt;
  }
  const bool case_changed = event.type() == EventType::EVENT_TYPE_CASE_CHANGED;
  if (case_changed && facts->state != CaseState::kClosed) co_return std::nullopt;
  // Not given back after an error: what is in it then may be half of something.
  const auto memory = memories_.Take(event.agency(), event.family());
  PlanInForce plan;
  FileChanges changed;
  std::int64_t last_event = 0;
  CO_RETURN_IF_ERROR(co_await Read(context, event, *facts, *memory, plan, changed, last_event));
  auto changes = Apply(context, event, facts, *memory, plan, std::move(changed));
  if (!changes.ok()) co_return changes.status();
  memories_.GiveBack(event.agency(), event.family(), memory);
  if (own && !*changes) memories_.AtRest(event.agency(), event.family(), last_event);
  co_return changes;
}

Task<absl::Status> AllianceEvents::Read(CallContext& context,
                                        const internal::v1::EventEnvelope& event,
                                        const AccessFacts& facts, FamilyMemory& memory,
                                        PlanInForce& plan, FileChanges& changed,
                                        std::int64_t& last_event) const {
  const schema::Names names = deps_.NamesOf(event.agency());
  co_return co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(changed, store_.Refresh(tx, event.agency(), event.family(), memory.file));
    ASSIGN_OR_RETURN(last_event, records::LastEvent(tx, event.agency()));
    if (event.type() != internal::v1::EVENT_TYPE_SESSION_HELD &&
        event.type() != internal::v1::EVENT_TYPE_CASE_CHANGED) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(
        plan, LoadPlan(tx, store_, names, event.agency(), event.family(), facts.level_of_need));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::optional<records::Changes>> AllianceEvents::Apply(
    CallContext& context, const internal::v1::EventEnvelope& event, const Facts& facts,
    FamilyMemory& memory, const PlanInForce& plan, FileChanges changed) const {
  FamilyFile& file = memory.file;
  const schema::Names names = deps_.NamesOf(event.agency());
  const std::int64_t now_us = deps_.clock.NowMicros();
  records::Changes changes(context, now_us);
  Step step{file, *facts, names, now_us, changes, plan};
  const bool own = IsOwn(event.type());
  absl::StatusOr<bool> applied = true;
  bool asked = false;
  if (event.type() == internal::v1::EVENT_TYPE_SESSION_HELD) {
    applied = ApplySession(step, event);
  } else if (event.type() == internal::v1::EVENT_TYPE_NOTE_SIGNED) {
    applied = ApplyNote(step, event);
  } else if (event.type() == internal::v1::EVENT_TYPE_ROSTER_CHANGED) {
    applied = ApplyMembership(step, event);
  } else if (event.type() == internal::v1::EVENT_TYPE_CASE_CHANGED) {
    asked = AskAtEnd(step.requests(), EndFormsOf(file, *facts, names, plan, event.at_us(), now_us),
                     event.at_us());
  } else if (!own) {
    applied = ApplyWork(step, event);
  }
  if (!applied.ok()) return applied.status();
  if (!*applied) {
    memory.history = {};  // not brought up to date, and `changed` is not told again
    return std::nullopt;
  }
  const bool finished = own && FinishRequests(step.requests());
  const bool rescored = RescoreRatings(step);
  changed.all |= !own || finished || rescored || facts != memory.facts;
  memory.facts = facts;
  const FileView view{file, *facts, store_.shelf(), names, now_us};
  const std::size_t unchanged = UpdateHistory(view, changed, memory.history);
  // Of ratings that arrived together the first to be looked at has seen the others.
  const bool seen = memory.at_rest && !changed.any && !changed.all;
  if (seen && unchanged == memory.history.sessions.size()) return std::nullopt;

  std::vector<SignalChange> signals;
  const std::vector<SessionFacts>& history = memory.history.sessions;
  std::vector<Assessment> assessments;
  if (!history.empty()) {
    assessments = memory.monitor.Assess(file.parameters, history, unchanged);
  }
  if (facts->state == CaseState::kClosed) {
    signals = EndSignals(view, assessments);
  } else if (!history.empty()) {
    signals = EvaluateSignals(view, file.parameters, history,
                              {.last = assessments, .before = memory.monitor.shown_before()});
  }
  const bool only_looks = own || (event.type() == internal::v1::EVENT_TYPE_CASE_CHANGED && !asked);
  memory.at_rest = only_looks && signals.empty() && !rescored && !finished;
  if (memory.at_rest) return std::nullopt;
  changes.Guard(file.id, file.revision);
  Write(step, std::move(signals));
  return std::move(changes);
}

// False: told before, or of an older version.
absl::StatusOr<bool> AllianceEvents::ApplySession(Step& step,
                                                  const internal::v1::EventEnvelope& event) const {
  StoredSession after;
  if (!after.message.mutable_held()->ParseFromString(event.body())) return BadBody();
  after.message.set_version(VersionOf(event));
  const internal::v1::SessionHeld& held = after.message.held();
  const StoredSession* known = step.file.Session(held.session());
  if (known != nullptr && known->message.version() >= after.message.version()) return false;
  if (known != nullptr) *after.message.mutable_apart() = known->message.apart();
  KeepWhoIsApart(step.facts, after.message);
  after.record = known != nullptr ? known->record : NewRecord(kSession, step.file.id, step.now_us);
  after.record.id = held.session();
  after.record.sort_us = held.started_us();
  after.record = records::With(after.record, after.message);
  if (known != nullptr) {
    step.changes.Update(known->record, after.record);
  } else {
    step.changes.Create(after.record);
  }
  step.changes.Audit("session.held", after.record);
  ClaimExternalIds(step, known != nullptr ? known->message.held() : internal::v1::SessionHeld(),
                   after);
  std::erase_if(step.file.sessions,
                [&](const StoredSession& one) { return one.record.id == held.session(); });
  const StoredSession& session = Put(step.file.sessions, after);
  RenewRequests(step.requests(), session,
                DueFormsOf(step.file, session, step.facts, step.names, step.plan, step.now_us));
  return true;
}

void AllianceEvents::ClaimExternalIds(Step& step, const internal::v1::SessionHeld& before,
                                      const StoredSession& session) const {
  records::MoveClaims("session", "", before.external_ids(), session.message.held().external_ids(),
                      session.record, step.changes,
                      [](std::string_view, std::string_view, const type::v1::ExternalId& id) {
                        return SessionClaim(id.system());
                      });
}

absl::StatusOr<bool> AllianceEvents::ApplyNote(Step& step,
                                               const internal::v1::EventEnvelope& event) const {
  StoredNote after;
  if (!after.message.mutable_note()->ParseFromString(event.body())) return BadBody();
  after.message.set_version(VersionOf(event));
  const std::string& id = after.message.note().note();
  const auto known = std::ranges::find_if(
      step.file.notes, [&](const StoredNote& note) { return note.record.id == id; });
  const bool is_known = known != step.file.notes.end();
  if (is_known && known->message.version() >= after.message.version()) return false;
  after.record = is_known ? known->record : NewRecord(kNote, step.file.id, step.now_us);
  after.record.id = id;
  after.record.parent = after.message.note().session();
  after.record = records::With(after.record, after.message);
  if (is_known) {
    step.changes.Update(known->record, after.record);
  } else {
    step.changes.Create(after.record);
  }
  step.changes.Audit("note.signed", after.record);
  Put(step.file.notes, after);
  return true;
}

absl::StatusOr<bool> AllianceEvents::ApplyMembership(
    Step& step, const internal::v1::EventEnvelope& event) const {
  StoredMembership after;
  if (!after.message.mutable_membership()->ParseFromString(event.body())) return BadBody();
  after.message.set_version(VersionOf(event));
  const std::string& id = after.message.membership().member();
  const auto known = std::ranges::find_if(
      step.file.memberships, [&](const StoredMembership& one) { return one.record.id == id; });
  const bool is_known = known != step.file.memberships.end();
  if (is_known && known->message.version() >= after.message.version()) return false;
  after.record = is_known ? known->record : NewRecord(kMembership, step.file.id, step.now_us);
  after.record.id = id;
  after.record = records::With(after.record, after.message);
  if (is_known) {
    step.changes.Update(known->record, after.record);
  } else {
    step.changes.Create(after.record);
  }
  step.changes.Audit("membership.changed", after.record, {id});
  Put(step.file.memberships, after);
  return true;
}

absl::StatusOr<bool> AllianceEvents::ApplyWork(Step& step,
                                               const internal::v1::EventEnvelope& event) const {
  internal::v1::WorkChanged told;
  if (!told.ParseFromString(event.body())) return BadBody();
  const std::optional<StoredWork> before = step.file.work;
  StoredWork after = before.value_or(StoredWork());
  if (!before) {
    after.record = NewRecord(kWork, step.file.id, step.now_us);
    after.record.id = step.file.id;
  }
  for (const auto& one : told.members()) {
    auto& members = *after.message.mutable_members();
    auto known =
        std::ranges::find_if(members, [&](const auto& m) { return m.member() == one.member(); });
    auto& member = known != members.end() ? *known : *members.Add();
    member.set_member(one.member());
    member.set_has_goal(one.has_goal());
    const auto& agreed = member.homework_agreed_us();
    if (one.homework_agreed_us() != 0 &&
        std::ranges::find(agreed, one.homework_agreed_us()) == agreed.end()) {
      member.add_homework_agreed_us(one.homework_agreed_us());
    }
  }
  KeepEndedGoal(told, step.now_us, after.message);
  after.record = records::With(after.record, after.message);
  if (before) {
    step.changes.Update(before->record, after.record);
  } else {
    step.changes.Create(after.record);
  }
  step.changes.Audit("work.changed", after.record);
  step.file.work = after;
  step.file.work->record.version = kNotAsStored;
  return true;
}

// Whether any was.
bool AllianceEvents::RescoreRatings(Step& step) const {
  const FileView view{step.file, step.facts, store_.shelf(), step.names, step.now_us};
  std::vector<Rescored> all = RatingsToRescore(view);
  for (Rescored& one : all) {
    const records::Record& before = one.before->record;
    step.changes.Update(before, records::With(before, one.after));
    step.changes.Audit("rating.rescore", before, {step.names.ReadMember(one.after.rater())->id});
    step.changes.Emit({.type = internal::v1::EVENT_TYPE_RATING_RECORDED,
                       .family = step.file.id,
                       .resource = one.after.name(),
                       .version = before.version + 1,
                       .body = {}});
    const auto rating = std::ranges::find_if(
        step.file.ratings, [&](const StoredRating& other) { return &other == one.before; });
    rating->message = std::move(one.after);
    rating->record.version = kNotAsStored;
  }
  return !all.empty();
}

void AllianceEvents::Write(Step& step, std::vector<SignalChange> signals) const {
  for (SignalChange& change : signals) {
    v1::Signal& signal = *change.after.mutable_signal();
    records::Record record = change.before != nullptr
                                 ? change.before->record
                                 : NewRecord(kSignal, step.file.id, step.now_us);
    if (change.before == nullptr) signal.set_name(step.names.Signal(step.file.id, record.id));
    record.state = signal.state();
    record.sort_us = step.now_us;
    record = records::With(record, change.after);
    if (change.before != nullptr) {
      step.changes.Update(change.before->record, record);
    } else {
      step.changes.Create(record);
    }
    std::vector<std::string> members;
    if (const auto member = step.names.ReadMember(signal.member())) members.push_back(member->id);
    const bool closed = !IsOpen(signal.state()) && change.before != nullptr &&
                        IsOpen(change.before->message.signal().state());
    if (change.hardly_safe && !members.empty()) {
      TellLowAnswer(step.names, step.file.id, members.front(), &step.changes);
    }
    step.changes.Audit(closed                     ? "signal.close"
                       : change.before != nullptr ? "signal.renew"
                                                  : "signal.raise",
                       record, std::move(members));
    step.changes.Emit({.type = internal::v1::EVENT_TYPE_SIGNAL_CHANGED,
                       .family = step.file.id,
                       .resource = signal.name(),
                       .version = record.version + 1,
                       .body = {}});
  }
}

}  // namespace rapport::alliance
