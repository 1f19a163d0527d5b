// What the family monitor assumes. One value serves an agency; METHOD.md tells each figure's source
// and which are provisional, FigureFit (parameter_fit.h) replaces them from own data.
//
// All SD and variances are in units of the SD between raters that the instrument states.
#pragma once

#include "alliance/scoring/measure.h"

#include <array>

namespace rapport::alliance {

// Raised with each change of the method.
inline constexpr int kMonitorRuleVersion = 8;

// How events begin, look and end.
struct EventParameters {
  double onset = 0.02;      // probability in a session
  double repair = 0.15;     // probability that it is over, in a session
  double size_mean = 1.30;  // of the fall
  double size_sd = 0.55;
  double size_walk_sd = 0.10;   // of its change from session to session
  double slow_share = 0.40;     // of events that grow over kSlowSessions; the others come at once
  double focus_share = 0.50;    // of events in one of task, goal and bond; the others are in all
  double tick_in_event = 0.30;  // "something went wrong" is told
  double tick_in_quiet = 0.01;
};

// How a member who loses their place shows it, against one who has it.
struct IsolationParameters {
  EventParameters event{.onset = 0.01, .repair = 0.10, .size_mean = 1.2, .slow_share = 0.3};
  double absent_quiet = 0.10, absent_isolated = 0.35;        // from a session for the whole family
  double withdrawn_quiet = 0.15, withdrawn_isolated = 0.55;  // quiet or withdrawn, of noted ones
  double unnoted_quiet = 0.25, unnoted_isolated = 0.45;
  double unrated_quiet = 0.12, unrated_isolated = 0.35;
  double no_work_quiet = 0.30, no_work_isolated = 0.60;
  double custom_count = 4;  // sessions of members that the quiet figures weigh against the family's
  double pseudo_count = 8;  // sessions that the family's weigh against the member's own
};

// From which posterior on a signal is raised, by what it is about. With hard triggers that comes to
// about 2 false alarms in 100 rated sessions of each kind, as a mean over the families of the
// bench's parameter files (METHOD.md); RaisingFit (raising_fit.h) sets those of an agency's own.
struct RaisingParameters {
  double rupture = 0.16;
  double split = 0.105;
  // Of it, while ratings of the session are still due: the next one may take it back.
  double split_complete_share = 0.7;
  double helper_split = 0.16;
  double isolation = 0.14;
  // The event is over below this share of it.
  double over_share = 0.5;
};

// From which posterior on something is said, and in which words. What is raised below `moderate` is
// weak evidence.
struct DecisionParameters {
  RaisingParameters raises;
  double false_rate = 0.02;  // of quiet rated sessions: what RaisingFit sets the thresholds for
  double weak = 0.15;        // below it a rating counts as quiet for the fit
  double moderate = 0.35;
  double strong = 0.75;
  double unsafe_share = 0.30;    // safety at or below this share of the range
  double ceiling_share = 0.975;  // R8
  int ceiling_sessions = 4;
  int repair_sessions = 5;  // 8.5: later it counts as unrepaired
};

struct MonitorParameters {
  int version = 1;  // of the figures; raised by each fit
  LevelParameters level;
  EventParameters rupture;
  EventParameters split{
      .onset = 0.01, .repair = 0.05, .size_mean = 1.4, .slow_share = 0.8, .focus_share = 0.3};
  // What the others gain while one member slides away, as a share of the slide: some families close
  // ranks, others don't.
  double split_rise = 0.2;
  IsolationParameters isolation;
  DecisionParameters decision;
  // A rater's noise against the assumed one, and how often.
  std::array<double, 3> noise_scales{0.6, 1.0, 1.6};
  std::array<double, 3> noise_shares{0.25, 0.5, 0.25};
};

}  // namespace rapport::alliance
