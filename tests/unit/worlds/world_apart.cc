// What Bo does that is kept apart even from most of those who help the family.
#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/goals/v1/goal_requests.pb.h>
#include <rapport/intake/v1/account_requests.pb.h>
#include <rapport/intake/v1/case_requests.pb.h>
#include <rapport/notes/v1/kept_apart_requests.pb.h>

#include "unit/worlds/world.h"

namespace rapport::worlds {
namespace {

namespace av = alliance::v1;
namespace gv = goals::v1;
namespace iv = intake::v1;
namespace nv = notes::v1;

}  // namespace

bool World::ReportsConcern() {
  av::ReportConcernRequest report;
  report.set_parent(family_);
  report.set_member(bo_.name);
  report.mutable_concern()->set_kind(static_cast<av::ConcernKind>(1 + Dice(2)));
  report.mutable_concern()->set_words("not while the others are at home");
  return Try(bo_.caller, report).status.ok();
}

bool World::HasNotesApart() {
  nv::CreatePsychotherapyNoteRequest own;
  own.set_parent(sessions_.back());
  own.mutable_note()->set_text("he reminds me of my brother");
  nv::CreateSudCounselingNoteRequest drinking;
  drinking.set_parent(sessions_.back());
  drinking.mutable_note()->set_text("three glasses on Sundays");
  drinking.mutable_note()->set_member(bo_.name);
  const bool first = Try(Therapist(), own).status.ok();
  return Try(Therapist(), drinking).status.ok() && first;
}

bool World::HasSecondFamily() {
  // Whoever does it twice has it already.
  if (!second_family_.empty()) return false;
  const iv::FamilyImportOutcome outcome = ImportFamily("second", {{"bo", plot_.bo_age}});
  second_family_ = outcome.family();
  const std::string himself = outcome.members(0);
  iv::LinkAccountRequest link;
  link.set_resource(himself);
  link.set_subject(bo_.caller.subject);
  Do<iv::LinkAccountResponse>(Desk(), link);
  gv::ProposeGoalRequest propose;
  propose.set_parent(second_family_);
  propose.set_proposed_by(himself);
  propose.mutable_goal()->add_owners(himself);
  propose.mutable_goal()->set_scope(gv::GOAL_SCOPE_INDIVIDUAL);
  propose.mutable_goal()->set_words("a home of our own");
  propose.mutable_goal()->set_shared(true);
  return Try(bo_.caller, propose).status.ok();
}

}  // namespace rapport::worlds
