#include "admin/machines.h"

#include "alliance/request_rules.h"
#include "alliance/signals/life_cycle.h"
#include "goals/goal_rules.h"
#include "goals/homework_rules.h"
#include "intake/case_rules.h"
#include "notes/note_rules.h"
#include "notes/session_rules.h"

namespace rapport::admin {
namespace {

constexpr Machine kMachines[] = {
    {"case", intake::LifeCycleDot},
    {"session", notes::SessionLifeDot},
    {"note", notes::NoteLifeDot},
    {"goal", goals::GoalLifeDot},
    {"homework", goals::HomeworkLifeDot},
    {"rating_request", alliance::RequestLifeDot},
    {"signal", alliance::SignalLifeCycleGraph},
};

}  // namespace

std::span<const Machine> Machines() { return kMachines; }

}  // namespace rapport::admin
