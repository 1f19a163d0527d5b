#include "admin/machines.h"

#include "alliance/invitation_rules.h"
#include "alliance/request_rules.h"
#include "alliance/signals/life_cycle.h"
#include "alliance/urgent_rules.h"
#include "goals/goal_rules.h"
#include "goals/homework_rules.h"
#include "intake/break_glass_rules.h"
#include "intake/case_rules.h"
#include "intake/consent_rules.h"
#include "intake/membership_rules.h"
#include "intake/record_request_rules.h"
#include "intake/retention_rules.h"
#include "intake/secrets_rules.h"
#include "intake/supervision_rules.h"
#include "notes/note_opening_rules.h"
#include "notes/note_rules.h"
#include "notes/session_rules.h"

namespace rapport::admin {
namespace {

constexpr Machine kMachines[] = {
    {"case", intake::LifeCycleDot},
    {"consent", [] { return intake::ConsentLife().Dot(); }},
    {"secrets_policy", [] { return intake::SecretsPolicyLife().Dot(); }},
    {"membership", [] { return intake::MembershipLife().Dot(); }},
    {"member_invite", [] { return intake::MemberInviteLife().Dot(); }},
    {"supervision", [] { return intake::SupervisionLife().Dot(); }},
    {"session", notes::SessionLifeDot},
    {"note", notes::NoteLifeDot},
    {"note_opening", [] { return notes::OpeningLife().Dot(); }},
    {"goal", goals::GoalLifeDot},
    {"homework", goals::HomeworkLifeDot},
    {"rating_request", alliance::RequestLifeDot},
    {"rating_invitation", [] { return alliance::InvitationLife().Dot(); }},
    {"signal", alliance::SignalLifeCycleGraph},
    {"urgent_task", [] { return alliance::UrgentLife().Dot(); }},
    {"break_glass", [] { return intake::BreakGlassLife().Dot(); }},
    {"record_request", [] { return intake::RecordRequestLife().Dot(); }},
    {"erasure", [] { return intake::ErasureLife().Dot(); }},
};

}  // namespace

std::span<const Machine> Machines() { return kMachines; }

}  // namespace rapport::admin
