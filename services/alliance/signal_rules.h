// Rules of a signal's life beyond the table of its states: what a step records. Pure, thread-safe.
#pragma once

#include <rapport/alliance/v1/signal.pb.h>

#include <cstdint>

namespace rapport::alliance {

// Of a member who may not be safe a week, so that it is seen again before the session after next;
// of one who may be left out a month.
constexpr int LongestSnoozeDays(v1::SignalKind kind) {
  switch (kind) {
    case v1::SIGNAL_KIND_UNSAFE:
      return 7;
    case v1::SIGNAL_KIND_ISOLATION:
      return 30;
    default:
      return 60;
  }
}

// The signal as it is at `now_us`: a snooze that is over leaves it open.
v1::Signal AsOf(v1::Signal signal, std::int64_t now_us);

// Ends a signal.
void Close(v1::SignalOutcome outcome, std::int64_t now_us, v1::Signal* signal);

}  // namespace rapport::alliance
