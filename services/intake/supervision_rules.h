// Supervisions: whether one goes on, and what may happen to it. Pure.
#pragma once

#include "platform/base/machine.h"

#include <rapport/internal/v1/intake_records.pb.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::intake {

// One person's of another. What begins later than now goes on: it may be ended.
enum class SupervisionState : std::uint8_t { kNone, kGoesOn, kEnded };
enum class SupervisionEvent : std::uint8_t { kAssign, kEnd };
using SupervisionMachine = Machine<SupervisionState, SupervisionEvent>;
const SupervisionMachine& SupervisionLife();

// `end_us`: 0 where none is known.
SupervisionState SupervisionStateAt(std::int64_t end_us, std::int64_t at_us);

// The supervision of `supervisee` by `supervisor` that keeps another from being assigned from
// `from_us` on; empty: there is none. Inner ids.
std::string InTheWay(const internal::v1::StoredProfessional& supervisee,
                     std::string_view supervisor, std::int64_t from_us);

}  // namespace rapport::intake
