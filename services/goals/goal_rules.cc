#include "goals/goal_rules.h"

#include "platform/base/machine.h"

#include <set>

namespace rapport::goals {
namespace {

constexpr GoalMove kMoves[] = {
    {v1::GOAL_STATE_PROPOSED, v1::GOAL_STATE_ACTIVE, "every owner endorses or accepts it"},
    {v1::GOAL_STATE_PROPOSED, v1::GOAL_STATE_SUCCEEDED, "another goal takes its place"},
    {v1::GOAL_STATE_PROPOSED, v1::GOAL_STATE_CLOSED, "it ends"},
    {v1::GOAL_STATE_ACTIVE, v1::GOAL_STATE_SUCCEEDED, "another goal takes its place"},
    {v1::GOAL_STATE_ACTIVE, v1::GOAL_STATE_CLOSED, "it ends"},
};

std::string Indexed(std::string_view field, int index) {
  return std::string(field) + "[" + std::to_string(index) + "]";
}

// What a scope says of the number of owners; null: the number fits.
const char* OwnersExpected(v1::GoalScope scope, int owners) {
  switch (scope) {
    case v1::GOAL_SCOPE_INDIVIDUAL:
      return owners == 1 ? nullptr : "one member for INDIVIDUAL";
    case v1::GOAL_SCOPE_DYAD:
      return owners == 2 ? nullptr : "two members for DYAD";
    case v1::GOAL_SCOPE_FAMILY:
      return owners >= 1 ? nullptr : "at least one member for FAMILY";
    default:
      return owners == 0 ? nullptr : "nobody for THERAPIST_SYSTEM";
  }
}

bool IsSelf(const Onlooker& who, const google::protobuf::RepeatedPtrField<std::string>& people) {
  return std::any_of(people.begin(), people.end(),
                     [&](const std::string& person) { return who.Is(person); });
}

}  // namespace

std::span<const GoalMove> GoalMoves() { return kMoves; }

std::string GoalLifeDot() {
  return MovesDot("goal", kMoves, [](v1::GoalState state) {
    return EnumStateName(state, "GOAL_STATE_", v1::GoalState_Name(state));
  });
}

bool IsMove(v1::GoalState from, v1::GoalState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves),
                     [&](const GoalMove& move) { return move.from == from && move.to == to; });
}

std::vector<Unmet> UnmetForChange(const v1::Goal& goal) {
  if (IsMove(goal.state(), v1::GOAL_STATE_CLOSED)) return {};
  return {{"GOAL_ENDED", goal.name(), "the goal is proposed or active"}};
}

std::vector<Unmet> UnmetForNewWork(const CaseView& view) {
  if (view.open) return {};
  return {{"CASE_NOT_OPEN", view.family, "the case is opened first (TransitionFamily)"}};
}

Faults FaultsOfGoal(const v1::Goal& goal, const Actor& proposer, const CaseView& view) {
  Faults faults;
  if (const char* expected = OwnersExpected(goal.scope(), goal.owners_size())) {
    faults.push_back({"owners", expected});
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < goal.owners_size(); ++i) {
    const std::string& owner = goal.owners(i);
    if (!Contains(view.members, owner)) {
      faults.push_back({Indexed("owners", i), "a member of the client system now"});
    }
    if (!seen.insert(owner).second) {
      faults.push_back({Indexed("owners", i), "each member at most once"});
    }
  }
  if (!proposer.is_professional && !Contains(goal.owners(), proposer.person)) {
    faults.push_back({"owners", "the member who proposes it among them"});
  }
  return faults;
}

Faults FaultsOfStance(const v1::Stance& stance, const Actor& actor, const CaseView& view) {
  Faults faults;
  if (!actor.is_professional && !Contains(view.members, stance.holder())) {
    faults.push_back({"holder", "a member of the client system now"});
  }
  if (actor.RecordedFor() == stance.note().empty()) {
    faults.push_back({"note", actor.RecordedFor() ? "where the member's stance is known from"
                                                  : "nothing: it is the caller's own stance"});
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < stance.perceived_size(); ++i) {
    const std::string& person = stance.perceived(i).person();
    const std::string field = Indexed("perceived", i) + ".person";
    if (person == stance.holder()) faults.push_back({field, "somebody else than the holder"});
    if (!Contains(view.members, person) && !Contains(view.helpers, person)) {
      faults.push_back({field, "somebody on either system now"});
    }
    if (!seen.insert(person).second) faults.push_back({field, "each person at most once"});
  }
  return faults;
}

bool OwnersAgree(const v1::Goal& goal, const Work& work) {
  return std::all_of(goal.owners().begin(), goal.owners().end(), [&](const std::string& owner) {
    const v1::Stance* stance = work.Stance(goal.name(), owner);
    return stance != nullptr && (stance->kind() == v1::STANCE_KIND_ENDORSES ||
                                 stance->kind() == v1::STANCE_KIND_ACCEPTS);
  });
}

bool WasApart(const Onlooker& who, const CaseView& view, std::string_view person,
              std::int64_t at_us) {
  return std::any_of(who.selves.begin(), who.selves.end(), [&](const std::string& self) {
    const auto since_us = view.ApartSince(self, person);
    return since_us && *since_us <= at_us;
  });
}

bool MaySee(const Onlooker& who, const CaseView& view, const v1::Goal& goal) {
  if (!who.IsMember()) return who.kind == Onlooker::Kind::kProfessional;
  const std::int64_t made_us = Micros(goal.create_time());
  if (WasApart(who, view, goal.proposed_by(), made_us)) return false;
  if (IsSelf(who, goal.owners())) return true;
  return goal.shared() &&
         std::none_of(goal.owners().begin(), goal.owners().end(),
                      [&](const auto& one) { return WasApart(who, view, one, made_us); });
}

bool IsForOwners(const Onlooker& who, const v1::Goal& goal) {
  return !who.IsMember() || IsSelf(who, goal.owners());
}

v1::Goal Shown(const Onlooker& who, v1::Goal goal) {
  if (who.IsMember() && !(goal.owners_size() == 1 && IsSelf(who, goal.owners()))) {
    goal.clear_update_time();
  }
  if (IsForOwners(who, goal)) return goal;
  goal.clear_ending_note();
  goal.clear_attainment_scale();
  return goal;
}

std::optional<v1::Stance> Shown(const Onlooker& who, const CaseView& view, v1::Stance stance) {
  if (!who.IsMember()) return stance;
  stance.clear_note();
  if (who.Is(stance.holder())) return stance;
  if (!stance.shared() || WasApart(who, view, stance.holder(), Micros(stance.set_time()))) {
    return std::nullopt;
  }
  stance.clear_perceived();
  return stance;
}

}  // namespace rapport::goals
