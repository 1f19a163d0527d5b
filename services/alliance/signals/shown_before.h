// What sessions before the last one showed without any reckoning: what somebody said of safety,
// that something went wrong, and hard triggers of isolation that still stand.
//
// Forms are good for days, so one may be answered after the next session was held: then no look at
// the last session tells of it. Kept beside a family monitor, by the sessions it has taken in.
// Plain data; not thread-safe.
#pragma once

#include "alliance/signals/family_monitor.h"

#include <span>
#include <vector>

namespace rapport::alliance {

// Whether the test, of an assessment of the kind, shows it whatever the posterior says.
bool ShowsByItself(v1::SignalKind kind, const SingleTest& test);

struct ShownBefore {
  int session = 0;        // its number
  Assessment assessment;  // after that session, with the tests that fired alone
};

class AllShownBefore {
 public:
  // What the monitor said after a session, in the order of sessions.
  void Add(int session, std::vector<Assessment> assessments);
  // Oldest session first. Safety and ticks for ever: what was said, later answers don't take back.
  // Isolation while any of the member's triggers stands.
  std::span<const ShownBefore> all() const { return all_; }

 private:
  std::vector<ShownBefore> all_;
};

}  // namespace rapport::alliance
