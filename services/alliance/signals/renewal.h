// How a signal that is found again meets the one that is open.
//
// Used by the alliance service, which keeps one open signal for each key. Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/signal.pb.h"

#include <string>
#include <string_view>

namespace rapport::alliance {

// What may be open once (domain.md 12b.9): the kind and whom it is about; of splits the construct
// in place of whose side is low, and of splits between helpers the member alone.
std::string SignalKey(v1::SignalKind kind, std::string_view member, std::string_view target,
                      v1::Content content = v1::CONTENT_ALLIANCE);

// Raised by what somebody said, or renewed by it: people close it, ratings don't.
bool IsTold(const v1::Signal& signal);

// An open signal after the same was found again: the new tests and words, the higher level and
// evidence, one more occurrence. Names, times, state and repairs stay, what is in its key, and that
// somebody said so.
struct Renewal {
  v1::Signal signal;
  bool stronger = false;  // level or evidence went up
};
Renewal Renew(const v1::Signal& open, const v1::Signal& found);

}  // namespace rapport::alliance
