// What who sees of homework. Professionals see all and what is computed for them; a member sees
// what they do or approve once a professional let it pass, and their own part of it; a service that
// reminds sees whom and when. Pure.
#pragma once

#include "goals/values.h"

#include <optional>

namespace rapport::goals {

// A member sees what they proposed, and terms that name them once a professional has released it to
// them; not what somebody counters whom they had been arranged separately from, before a
// professional's step. A
// service that reminds doesn't see what is no longer for its people together.
bool MaySee(const Onlooker& who, const CaseView& view, const internal::v1::StoredHomework& stored);

// What other systems are shown of homework: whom to remind of it and when, and no word of what it
// is.
v1::Homework ForService(const v1::Homework& homework);

// Nullopt: not for `who`. To a member nothing tells what the others answered, but for answers
// marked shared and who proposed the terms; nor that they reported, nor of sessions without them;
// and no update time, which would tell when.
std::optional<v1::Homework> Shown(const Onlooker& who, const CaseView& view, const Work& work,
                                  const internal::v1::StoredHomework& stored);

}  // namespace rapport::goals
