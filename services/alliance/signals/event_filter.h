// EventFilter: is something going on with one series of ratings, and since when?
//
// Called by the family monitor, one filter for each rater and target (or member). A mixture of
// Gaussians: every hypothesis says how noisy the rater is, whether an event is going on, in which
// part of the alliance, whether it came at once or slowly and how long ago; under it the levels and
// the size of the fall are Gaussian, so that all are integrated out in closed form. Hypotheses that
// differ only in what lies long ago are merged by their moments: constant time and memory a
// session. Derivation: METHOD.md. Pure; no ids, no times.
#pragma once

#include "alliance/scoring/gaussian.h"
#include "alliance/signals/monitor_parameters.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// What an event does to which part, 1 fully; and how often it is of this kind. Shares sum to 1.
struct Focus {
  Parts fall{};
  double share = 0;
};

struct EventModel {
  EventParameters event;
  LevelParameters level;
  std::array<double, 3> noise_scales{};
  std::array<double, 3> noise_shares{};
  // How far each part goes along with the rater's movement and day.
  Parts day = {1, 1, 1};
  std::vector<Focus> focuses;
};

// What the others in the family did in the same session: how far they lie above what was expected
// of them, with an error variance about the day the family shares. Under an event they may have
// risen by `rise` times its fall.
struct Company {
  double value = 0;
  double error_variance = 0;  // above 0
  double rise = 0;
};

// What the same rater said of others in the same session, on average. Their level there lies at a
// distance from this one that is learned; movement, day and how noisy they are they share.
struct Elsewhere {
  double value = 0;
  double error_variance = 0;  // above 0; scaled with the rater's noise
  double doubt_variance = 0;  // of what is not this rater's noise: events there, another form
};

// Each part's variance about the rater's level where the parts are task, goal and bond.
inline Parts SamePart(const LevelParameters& level) {
  const double variance = level.part_sd * level.part_sd;
  return {variance, variance, variance};
}

class EventFilter {
 public:
  static constexpr int kSuddenAges = 3;  // sessions since a sudden onset, told apart; last: or more
  static constexpr int kSlowSessions = 4;  // that a slow event takes to its full size
  static constexpr std::size_t kNoises = 3;
  static constexpr std::size_t kMostFocuses = 4;

  // `model` has at most kMostFocuses, as many in every call.
  // What is known when the series begins: where the level lies about 0 and each part's variance
  // about it.
  EventFilter(const EventModel& model, Normal level, const Parts& part_variances);

  // One session passes. No event begins before the first Observe(): there is nothing to fall from.
  void Pass(const EventModel& model);
  // The measures of this session. `day` is what the rater's day adds to all of them, as far as the
  // rest of the family tells; its variance is scaled with the rater's noise above `shared`, which
  // is not.
  // `log_odds` is what everything else says for an event at its full size.
  // `elsewhere`: absent where the rater rated nobody else.
  void Observe(const EventModel& model, std::span<const Measure> measures, Normal day,
               double shared_variance, double log_odds,
               const std::optional<Elsewhere>& elsewhere = {});
  // The same when the others are not only a view of the day: `day` holds what is known without
  // them.
  void ObserveBeside(const EventModel& model, std::span<const Measure> measures, Normal day,
                     double shared_variance, const Company& company);

  // Whom else the rater rates is new: how far their level there lies from this one is known only by
  // its variance.
  void MeetElsewhere(double variance);

  // Where the sum of `weights` with the parts lies, a mixture's mean and variance. Without events:
  // what the level alone would give.
  Normal Predict(const EventModel& model, const Parts& weights, bool with_events) const;
  // The rater's day noise against the assumed one, as the mean of its square.
  double NoiseSquare(const EventModel& model) const;
  // How probable each of the scales of noise is.
  std::array<double, 3> NoiseShares() const;

  double Posterior() const;                   // of an event going on
  double Posterior(std::size_t focus) const;  // in this focus
  double Depth() const;                       // expected fall if there is an event, SD
  // Sessions since an event began, the most probable number if there is one: 0 to
  // kSlowSessions - 1, and no more is told.
  int Age() const;
  Normal Day() const { return day_; }  // of the last session, after it
  // Log density of the last session's answers, as they were foreseen; 0 without any.
  double Evidence() const { return evidence_; }
  bool started() const { return started_; }

 private:
  // Task, goal, bond, movement, size of the fall, how much higher the rater's level is elsewhere;
  // in a session also the rater's day.
  static constexpr std::size_t kMovement = 3, kSize = 4, kElsewhere = 5, kDay = 6;
  using State = Gaussian<6>;
  using DayState = Gaussian<7>;
  enum class Course : std::uint8_t { kQuiet, kSudden, kSlow };
  struct Shape {
    Course course = Course::kQuiet;
    std::uint8_t focus = 0;
    std::uint8_t age = 0;  // in sessions
  };
  struct Hypothesis {
    std::uint8_t noise = 0;  // which of the scales
    Shape shape;
    double weight = 0;  // above 0
    State state;
  };

  static constexpr std::size_t kAges = kSuddenAges + kSlowSessions;
  // Place among the hypotheses of one noise: quiet, then by focus, course and age.
  static std::size_t PlaceOf(const Shape& shape);
  static double Grown(const Shape& shape);  // share of its size that the event has reached
  static DayState::Vector Direction(const EventModel& model, const Shape& shape,
                                    const Parts& weights);
  // The size of a fall is new: known only by its prior, and independent of the rest.
  static void ResetSize(State& state, double mean, double variance);
  // What remains of one after the levels have moved on.
  static void MoveOn(const EventModel& model, bool quiet, State& state);
  // All of one noise.
  void PassOne(const EventModel& model, std::span<Hypothesis> from,
               std::vector<Hypothesis>& to) const;
  // Of one hypothesis, its day reset: the log density of what the others did.
  static double Take(const Company& company, const Shape& shape, double own_variance,
                     double shared_variance, DayState& state);
  static double Take(const Elsewhere& elsewhere, double scale, DayState& state);
  static double Rises(const Shape& shape);  // share of the others' rise that still shows
  void Update(const EventModel& model, std::span<const Measure> measures, Normal day,
              double shared_variance, double log_odds, const Company* company,
              const Elsewhere* elsewhere);
  void Normalize();

  std::size_t focuses_;
  bool started_ = false;
  Normal day_;
  double evidence_ = 0;
  std::vector<Hypothesis> bank_;  // those with a weight, by noise and place; weights sum to 1
};

}  // namespace rapport::alliance
