// The life cycle of an urgent task, as one table: until somebody looks after it. Called wherever
// one is opened or acknowledged. Pure, thread-safe.
#pragma once

#include "platform/base/machine.h"

#include <rapport/alliance/v1/concern.pb.h>

#include <cstdint>

namespace rapport::alliance {

// kSeen: a trainee saw to "I am not safe" and is not alone with it; it is shown as OPEN, and is
// escalated like that.
enum class UrgentState : std::uint8_t { kNone, kOpen, kSeen, kAcknowledged };
// kSee: by a trainee, of "I am not safe"; kAcknowledge: by anybody else, or of anything else.
// kTime: it is escalated.
enum class UrgentEvent : std::uint8_t { kReport, kTime, kSee, kAcknowledge };
using UrgentMachine = Machine<UrgentState, UrgentEvent>;
const UrgentMachine& UrgentLife();

UrgentState StateOf(const v1::UrgentTask& task);
// As it is stored and shown.
v1::UrgentTaskState ShownState(UrgentState state);

}  // namespace rapport::alliance
