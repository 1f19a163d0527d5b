#include "goals/show.h"

#include "goals/attainment_rules.h"
#include "goals/goal_rules.h"
#include "goals/homework_view.h"
#include "goals/known.h"
#include "goals/plan_rules.h"
#include "platform/base/member_age.h"
#include "platform/crypto/new_id.h"
#include "platform/records/shown_version.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <tuple>

namespace rapport::goals {
namespace {

template <typename Message>
void ShowRecord(const Showing& showing, const records::Record& record, Message* message) {
  message->set_etag(
      showing.deps.etags.Show(showing.context.principal->agency, record.id, record.version));
  *message->mutable_create_time() = schema::ToTimestamp(record.created_us);
  *message->mutable_update_time() = schema::ToTimestamp(record.updated_us);
}

// `stored` as what comes after the version it holds; 0: nothing yet.
template <typename Message>
void SaveRecord(std::int64_t now_us, std::int64_t state, std::int64_t sort_us,
                records::Stored<Message>& stored, records::Changes& changes) {
  const records::Record before = stored.record;
  stored.record = records::With(before, stored.message);
  stored.record.state = state;
  stored.record.sort_us = sort_us;
  stored.record.updated_us = now_us;
  if (before.version == 0) {
    changes.Create(stored.record);
  } else {
    changes.Update(before, stored.record);
  }
  stored.record.version = before.version + 1;
}

std::vector<std::string> HolderIds(const schema::Names& names, const std::string& holder) {
  const auto member = names.ReadMember(holder);
  return member ? std::vector{member->id} : std::vector<std::string>();
}

// How far a goal that ends was reached. Absent: it doesn't end now, was a mistake, or nobody rated.
std::optional<internal::v1::EndedGoal> EndOf(const Saving& saving, const StoredGoal& goal) {
  if (goal.message.state() != v1::GOAL_STATE_CLOSED ||
      goal.message.ending() == v1::GOAL_ENDING_MISTAKEN) {
    return std::nullopt;
  }
  internal::v1::EndedGoal end;
  end.set_goal(goal.record.id);
  for (const EndView& view : ViewsAtEnd(goal.message, saving.file.Ratings())) {
    const auto member = saving.names.ReadMember(view.owner);
    if (!member) continue;
    auto& told = *end.add_views();
    told.set_member(member->id);
    if (view.outcome) {
      told.set_first_outcome(static_cast<int>(view.outcome->first));
      told.set_newest_outcome(static_cast<int>(view.outcome->newest));
      told.set_reliable_change(ReliableOutcomeChange(1));
    }
    if (view.newest_level) told.set_newest_level(*view.newest_level);
  }
  if (end.views().empty()) return std::nullopt;
  return end;
}

void Tell(const Saving& saving, internal::v1::EventType type, const std::string& resource,
          std::int64_t version, std::optional<internal::v1::EndedGoal> ended = {}) {
  internal::v1::WorkChanged body;
  if (ended) *body.mutable_ended() = *std::move(ended);
  for (const MemberWork& work : WorkOfMembers(saving.view, saving.file.View())) {
    const auto member = saving.names.ReadMember(work.member);
    auto& told = *body.add_members();
    told.set_member(member ? member->id : std::string());
    told.set_has_goal(work.has_goal);
    told.set_homework_agreed_us(work.agreed_us);
  }
  saving.changes.Emit({.type = type,
                       .family = saving.file.family,
                       .resource = resource,
                       .version = version,
                       .body = body.SerializeAsString()});
}

}  // namespace

std::vector<std::string> MemberIds(const schema::Names& names, const People& people) {
  std::vector<std::string> ids;
  for (const std::string& name : people) {
    if (const auto member = names.ReadMember(name)) ids.push_back(member->id);
  }
  return ids;
}

CaseView ViewOf(const schema::Names& names, const AccessFacts& facts, std::int64_t now_us) {
  CaseView view{.family = names.Family(facts.family),
                .now_us = now_us,
                .open = facts.state == CaseState::kOpen,
                .members = {},
                .minors = {},
                .helpers = {},
                .separated = {},
                .reunited = {}};
  std::vector<const AccessFacts::Member*> members;
  for (const AccessFacts::Member& member : facts.members) {
    if (member.period.Contains(now_us)) members.push_back(&member);
  }
  std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) {
    return std::tie(a->period.from_us, a->member) < std::tie(b->period.from_us, b->member);
  });
  for (const AccessFacts::Member* member : members) {
    std::string name = names.Member(facts.family, member->member);
    if (IsMinorAt(*member, now_us)) view.minors.push_back(name);
    view.members.push_back(std::move(name));
  }
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (!helper.period.Contains(now_us)) continue;
    view.helpers.push_back(names.Professional(helper.professional));
  }
  for (const AccessFacts::Separation& pair : facts.separated) {
    view.separated.push_back({names.Member(facts.family, pair.first),
                              names.Member(facts.family, pair.second), pair.since_us});
  }
  for (const AccessFacts::Reunion& pair : facts.reunited) {
    view.reunited.push_back({names.Member(facts.family, pair.first),
                             names.Member(facts.family, pair.second), pair.until_us});
  }
  return view;
}

Onlooker OnlookerOf(const schema::Names& names, const CallContext& context) {
  const Access& access = context.access;
  Onlooker who;
  if (access.viewer == Viewer::kMember) {
    who.kind = Onlooker::Kind::kMember;
    for (const std::string& member : access.members) {
      who.selves.push_back(names.Member(access.family, member));
    }
  } else if (access.viewer != Viewer::kCareTeam && access.viewer != Viewer::kSupervisor) {
    who.kind = Onlooker::Kind::kService;
  }
  return who;
}

std::vector<HeldSession> SessionsOf(const schema::Names& names, const FamilyFile& file) {
  std::vector<HeldSession> sessions;
  for (const StoredSession& one : file.sessions) {
    if (one.message.nobody_came()) continue;
    HeldSession& session =
        sessions.emplace_back(HeldSession{names.Session(file.family, one.record.id),
                                          one.message.started_us(), one.message.ended_us()});
    for (const std::string& member : one.message.invited_members()) {
      session.invited.push_back(names.Member(file.family, member));
    }
  }
  return sessions;
}

Showing ShowingOf(const records::ServiceDeps& deps, const CallContext& context,
                  std::int64_t now_us) {
  const schema::Names names = deps.NamesOf(context.principal->agency);
  return {deps, context, OnlookerOf(names, context), ViewOf(names, *context.access.facts, now_us),
          nullptr};
}

std::optional<v1::Goal> Show(const Showing& showing, const StoredGoal& goal) {
  if (!MaySee(showing.who, showing.view, goal.message)) return std::nullopt;
  v1::Goal shown = showing.file == nullptr
                       ? goal.message
                       : KnownGoal(showing.who, showing.view, *showing.file, goal);
  ShowRecord(showing, goal.record, &shown);
  shown = Shown(showing.who, std::move(shown));
  if (shown.has_update_time()) return shown;
  shown.clear_etag();
  shown.set_etag(showing.deps.etags.Show(showing.context.principal->agency, goal.record.id,
                                         records::VersionOfShown(shown)));
  return shown;
}

std::optional<v1::Homework> Show(const Showing& showing, const Work& work, const StoredTask& task) {
  internal::v1::StoredHomework stored = task.message;
  ShowRecord(showing, task.record, stored.mutable_homework());
  for (auto& known : *stored.mutable_known()) {
    ShowRecord(showing, task.record, known.mutable_homework());
  }
  auto shown = Shown(showing.who, showing.view, work, stored);
  if (!shown || !showing.who.IsMember()) return shown;
  shown->clear_etag();
  shown->set_etag(showing.deps.etags.Show(showing.context.principal->agency, task.record.id,
                                          records::VersionOfShown(*shown)));
  return shown;
}

absl::Status CheckEtag(const Showing& showing, std::string_view given, std::string_view shown) {
  if (given.empty()) return showing.who.IsMember() ? absl::OkStatus() : schema::EtagRequired();
  const auto bare = [](std::string_view etag) {
    const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
    return quoted ? etag.substr(1, etag.size() - 2) : etag;
  };
  return bare(given) == bare(shown) ? absl::OkStatus() : schema::EtagMismatch(shown);
}

records::Record NewRecord(Kind kind, std::string_view family, std::string_view parent,
                          std::int64_t now_us) {
  records::Record record;
  record.kind = kind;
  record.family = family;
  record.id = crypto::NewId();
  record.parent = parent;
  record.sort_us = now_us;
  record.created_us = now_us;
  record.updated_us = now_us;
  return record;
}

void Save(const Saving& saving, std::string_view action, StoredGoal& goal) {
  SaveRecord(saving.view.now_us, goal.message.state(), goal.record.created_us, goal,
             saving.changes);
  saving.changes.Audit(action, goal.record, MemberIds(saving.names, goal.message.owners()));
  Tell(saving, internal::v1::EVENT_TYPE_GOAL_CHANGED, goal.message.name(), goal.record.version,
       EndOf(saving, goal));
}

void Save(const Saving& saving, std::string_view action, StoredStance& stance) {
  // The kind is an answer: it stays in the sealed payload.
  SaveRecord(saving.view.now_us, 0, Micros(stance.message.set_time()), stance, saving.changes);
  saving.changes.Audit(action, stance.record, HolderIds(saving.names, stance.message.holder()));
  const StoredGoal* goal = saving.file.Goal(stance.record.parent);
  Tell(saving, internal::v1::EVENT_TYPE_GOAL_CHANGED, stance.message.goal(), goal->record.version);
}

void Save(const Saving& saving, std::string_view action, StoredTask& task) {
  const v1::Homework& homework = task.message.homework();
  SaveRecord(saving.view.now_us, homework.state(), task.record.created_us, task, saving.changes);
  saving.changes.Audit(action, task.record, MemberIds(saving.names, homework.terms().doers()));
  Tell(saving, internal::v1::EVENT_TYPE_HOMEWORK_CHANGED, homework.name(), task.record.version);
}

void Save(const Saving& saving, std::string_view action, StoredRating& rating) {
  // Levels and outcomes are answers: they stay in the sealed payload.
  SaveRecord(saving.view.now_us, 0, Micros(rating.message.rate_time()), rating, saving.changes);
  saving.changes.Audit(action, rating.record, HolderIds(saving.names, rating.message.rater()));
  const StoredGoal* goal = saving.file.Goal(rating.record.parent);
  Tell(saving, internal::v1::EVENT_TYPE_GOAL_CHANGED, rating.message.goal(), goal->record.version);
}

}  // namespace rapport::goals
