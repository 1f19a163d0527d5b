// Whether access facts are what a caller said, because nobody could be asked (rpc/authorise.h).
#pragma once

#include "platform/base/access_facts.h"

namespace rapport {

// What intake says of a family has the sequence of a commit, which is 1 at least.
inline bool IsAtTheirWord(const AccessFacts& facts) { return facts.version == 0; }

}  // namespace rapport
