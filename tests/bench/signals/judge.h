// Judge: counts what a detector found and what it raised without reason, by the definitions of the
// report.
//
// A detector's signal about a subject opens in a rated session in which its score is at or above
// the threshold while none is open, and closes in one in which the score is below half the
// threshold.
//   False alarm: it opens in a session without an event that concerns its subject in the session
//     before, in it, or after it. Counted per 100 rated sessions of that sort, by claim.
//   Event to be found: one with a rated session in which it has at least half of its effect; the
//     first such is session 0. Found within n sessions: a signal about its subject that opened no
//     earlier than one session before the event began is open in a session of the event, and opened
//     no later than in the n-th rated session after session 0.
//   Noticed: the same by a signal of any kind whose subject the event concerns, in its own
//   sessions. Calibration: mean over 10 bins of equally many rated sessions, by posterior, of
//     |mean posterior - share in which the claim was true|.
// Pure.
#pragma once

#include "bench/signals/course.h"

#include <array>
#include <span>
#include <vector>

namespace rapport::bench {

// What one event was like, to see where detectors differ.
struct EventFacts {
  Kind kind = Kind::kRuptureSudden;
  int members = 0, helpers = 0;
  int rated_before = 0;  // rated sessions of the subject before the event
  int focus = 0;
  double size = 0;
  const Form* form = nullptr;
  bool ceiling = false;
};

// One subject's rated sessions, the truth and a detector's statements, side by side.
struct Course {
  Claim claim = Claim::kRupture;
  int family = 0;
  std::vector<char> quiet;                   // an alarm that opens here is false
  std::vector<char> true_now;                // the claim is true
  std::vector<std::vector<Statement>> said;  // by detector, then rated session
  // Of the event that concerns the subject. Places among the rated sessions; `session_0` is
  // negative when there is none to be found.
  int earliest = 0, begins = 0, session_0 = -1;
  bool own = false;  // it is what the claim says
  EventFacts event;
};

// Appends the courses of all subjects of a family. `said` holds each detector's statements.
void AddCourses(const Family& family, int number, std::span<const Statements> said,
                std::vector<Course>& courses);

// Not every rule speaks about every session; what it is silent about counts nowhere.
struct Counts {
  long quiet = 0, false_alarms = 0;
  long opened = 0;  // signals, true or false
  long red = 0;  // quiet sessions in which the score is at the threshold, opening a signal or not
  long events = 0, found_at_once = 0, found_1 = 0, found_2 = 0, found_5 = 0;
  long noticed_1 = 0;  // within one session by a signal of any kind that the event concerns
  double delay = 0;    // rated sessions since session 0, summed up over those found within 5

  double FalsePer100() const {
    return quiet == 0 ? 0 : 100.0 * static_cast<double>(false_alarms) / static_cast<double>(quiet);
  }
  void Add(const Counts& other);
};

// How many rated sessions after session 0 the event that concerns the subject was found; -1: not
// within 5, or none to find.
int FoundAfter(const Course& course, std::size_t detector, double threshold);

// Of whole families, one after the other. By kind of event; false alarms, which have no event,
// stand at the first kind of their claim.
std::array<Counts, kKinds> Count(std::span<const Course> courses, std::size_t detector,
                                 const std::array<double, kClaims>& thresholds);

// The threshold at which the detector raises `per_100` false alarms about `claim`.
double ThresholdAtFalseAlarms(std::span<const Course> courses, std::size_t detector, Claim claim,
                              double per_100);
// .. at which it finds at least `share` of the ruptures within one session.
double ThresholdAtShare(std::span<const Course> courses, std::size_t detector, double share);

struct Calibration {
  struct Bin {
    long sessions = 0, truths = 0;
    double posterior = 0;  // mean
  };
  std::vector<Bin> bins;
  double error = 0;
};
struct Forecast {
  float posterior = 0;
  std::uint32_t place = 0;  // among all, in the order of sessions
  bool truth = false;
};
void AddForecasts(std::span<const Course> courses, std::size_t detector, Claim claim,
                  std::vector<Forecast>& forecasts);
Calibration Calibrate(std::vector<Forecast> forecasts);

}  // namespace rapport::bench
