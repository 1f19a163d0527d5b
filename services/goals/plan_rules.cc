#include "goals/plan_rules.h"

#include "goals/consensus_rules.h"
#include "goals/goal_rules.h"
#include "goals/homework_rules.h"
#include "goals/homework_view.h"

namespace rapport::goals {
namespace {

bool LeadsTo(const v1::Homework& homework, const std::string& goal) {
  return std::any_of(homework.terms().goals().begin(), homework.terms().goals().end(),
                     [&](const v1::GoalLink& link) { return link.goal() == goal; });
}

// The stance of `member` as far as it is for `who`.
v1::StanceKind KindFor(const Onlooker& who, const CaseView& view, const v1::Stance* stance) {
  if (stance == nullptr) return v1::STANCE_KIND_UNSPECIFIED;
  const auto shown = Shown(who, view, *stance);
  return shown ? shown->kind() : v1::STANCE_KIND_UNSPECIFIED;
}

void AddCells(const Onlooker& who, const CaseView& view, const Work& work, v1::PlanGoal* row) {
  for (const std::string& member : view.members) {
    const v1::StanceKind kind = KindFor(who, view, work.Stance(row->goal().name(), member));
    if (who.IsMember() && !who.Is(member) && kind == v1::STANCE_KIND_UNSPECIFIED) continue;
    v1::PlanCell& cell = *row->add_cells();
    cell.set_member(member);
    cell.set_owner(Contains(row->goal().owners(), member));
    cell.set_kind(kind);
  }
}

void AddConsensus(const Work& work, v1::PlanGoal* row) {
  std::vector<v1::StanceKind> kinds;
  for (const v1::PlanCell& cell : row->cells()) kinds.push_back(cell.kind());
  const Consensus consensus = ConsensusOf(kinds);
  if (consensus.index) row->set_consensus(*consensus.index);
  if (consensus.coverage) row->set_coverage(*consensus.coverage);
  row->set_shared_goal(consensus.shared);
  std::vector<const v1::Stance*> stances;
  for (const v1::Stance* stance : work.stances) {
    if (stance->goal() == row->goal().name()) stances.push_back(stance);
  }
  for (v1::Misreading& misreading : MisreadingsOf(stances)) {
    *row->add_misreadings() = std::move(misreading);
  }
}

}  // namespace

v1::PlanGoal RowOf(const v1::Goal& goal, const Onlooker& who, const CaseView& view,
                   const Work& work) {
  v1::PlanGoal row;
  *row.mutable_goal() = Shown(who, goal);
  AddCells(who, view, work, &row);
  if (!who.IsMember()) AddConsensus(work, &row);
  for (const auto* stored : work.homework) {
    const v1::Homework& homework = stored->homework();
    if (!IsOwed(homework.state()) || !LeadsTo(homework, goal.name())) continue;
    if (MaySee(who, view, *stored)) row.add_homework(homework.name());
  }
  return row;
}

std::vector<MemberWork> WorkOfMembers(const CaseView& view, const Work& work) {
  std::vector<MemberWork> all;
  for (const std::string& member : view.members) {
    MemberWork& one = all.emplace_back(MemberWork{.member = member});
    for (const v1::Goal* goal : work.goals) {
      if (goal->state() != v1::GOAL_STATE_ACTIVE) continue;
      const v1::Stance* stance = work.Stance(goal->name(), member);
      const bool endorses = stance != nullptr && stance->kind() == v1::STANCE_KIND_ENDORSES;
      if (endorses || Contains(goal->owners(), member)) one.has_goal = true;
    }
    for (const auto* stored : work.homework) {
      const v1::Homework& homework = stored->homework();
      if (!homework.has_agree_time() || !Contains(homework.terms().doers(), member)) continue;
      one.agreed_us = std::max(one.agreed_us, Micros(homework.agree_time()));
    }
  }
  return all;
}

intake::v1::HomeworkStyle StyleFor(int level_of_need) {
  // Styles are numbered as the levels they are for.
  return intake::v1::HomeworkStyle_IsValid(level_of_need)
             ? static_cast<intake::v1::HomeworkStyle>(level_of_need)
             : intake::v1::HOMEWORK_STYLE_UNSPECIFIED;
}

}  // namespace rapport::goals
