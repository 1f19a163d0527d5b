// Rules of a signal's life beyond the table of its states: what a step records. Pure, thread-safe.
#pragma once

#include <rapport/alliance/v1/signal.pb.h>

#include <cstdint>

namespace rapport::alliance {

inline constexpr std::int64_t kLongestSnoozeMicros = 60LL * 86'400'000'000;

// The signal as it is at `now_us`: a snooze that is over leaves it open.
v1::Signal AsOf(v1::Signal signal, std::int64_t now_us);

// Ends a signal.
void Close(v1::SignalOutcome outcome, std::int64_t now_us, v1::Signal* signal);

}  // namespace rapport::alliance
