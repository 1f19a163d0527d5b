#include "goals/known.h"

#include "goals/goal_rules.h"
#include "goals/homework_known.h"

#include <algorithm>

namespace rapport::goals {
namespace {

// Every owner had accepted it as far as `who` knows.
bool AgreedAsKnown(const Onlooker& who, const CaseView& view, const FamilyFile& file,
                   const v1::Goal& goal) {
  Work work;
  for (const StoredStance& stored : file.stances) {
    const v1::Stance& stance = KnownStance(file, stored);
    if (WasApart(who, view, stance.holder(), Micros(stance.set_time()))) continue;
    work.stances.push_back(&stance);
  }
  return OwnersAgree(goal, work);
}

// The earliest separation of `who` from an owner.
std::optional<std::int64_t> ApartFromOwner(const Onlooker& who, const CaseView& view,
                                           const v1::Goal& goal) {
  std::optional<std::int64_t> since_us;
  for (const std::string& owner : goal.owners()) {
    const auto one_us = ApartSince(who, view, owner);
    if (one_us && (!since_us || *one_us < *since_us)) since_us = one_us;
  }
  return since_us;
}

}  // namespace

std::optional<std::int64_t> ApartSince(const Onlooker& who, const CaseView& view,
                                       std::string_view person) {
  std::optional<std::int64_t> since_us;
  for (const std::string& self : who.selves) {
    const auto one_us = view.ApartSince(self, person);
    if (one_us && (!since_us || *one_us < *since_us)) since_us = one_us;
  }
  return since_us;
}

std::optional<std::int64_t> ApartFromOthersGoal(const Onlooker& who, const CaseView& view,
                                                const v1::Goal& goal) {
  return IsForOwners(who, goal) ? std::nullopt : ApartFromOwner(who, view, goal);
}

v1::Goal KnownGoal(const Onlooker& who, const CaseView& view, const FamilyFile& file,
                   const StoredGoal& goal) {
  const auto since_us = ApartFromOwner(who, view, goal.message);
  if (!since_us) return goal.message;
  const auto earlier = file.earlier_goals.find(goal.record.id);
  if (!IsForOwners(who, goal.message)) {
    return earlier == file.earlier_goals.end() ? goal.message : earlier->second;
  }
  // Their own: professionals end it and set its scale; that it is active may be the other's answer.
  v1::Goal known = goal.message;
  if (!known.has_activate_time() || Micros(known.activate_time()) < *since_us) return known;
  if (AgreedAsKnown(who, view, file, known)) return known;
  known.clear_activate_time();
  if (known.state() == v1::GOAL_STATE_ACTIVE) known.set_state(v1::GOAL_STATE_PROPOSED);
  return known;
}

const v1::Stance& KnownStance(const FamilyFile& file, const StoredStance& stance) {
  const auto earlier = file.earlier_stances.find(stance.record.id);
  return earlier == file.earlier_stances.end() ? stance.message : earlier->second;
}

FamilyFile KnownFile(const Onlooker& who, const CaseView& view, FamilyFile file) {
  if (!who.IsMember()) return file;
  std::vector<v1::Goal> goals;
  for (const StoredGoal& goal : file.goals) goals.push_back(KnownGoal(who, view, file, goal));
  for (std::size_t i = 0; i < goals.size(); ++i) file.goals[i].message = std::move(goals[i]);
  for (StoredStance& stance : file.stances) {
    stance.message = v1::Stance(KnownStance(file, stance));
    stance.record.sort_us = Micros(stance.message.set_time());
  }
  for (StoredTask& task : file.homework) {
    *task.message.mutable_homework() = AsMembersKnow(KnownTo(who, task.message));
    task.message.clear_known();
  }
  file.earlier_goals.clear();
  file.earlier_stances.clear();
  return file;
}

}  // namespace rapport::goals
