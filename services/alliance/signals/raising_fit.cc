#include "alliance/signals/raising_fit.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/family_monitor.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

// Between which a threshold may be fitted.
constexpr double kLeast = 0.02, kMost = 0.6;
constexpr int kHalvings = 30;

bool RatedBy(const SessionFacts& session, const SeriesKey& key) {
  return std::ranges::any_of(session.observations, [&](const Observation& one) {
    return one.rater == key.rater && one.target == key.target;
  });
}

bool RatedByTwo(const SessionFacts& session) {
  return std::ranges::any_of(session.observations, [&](const Observation& one) {
    return one.rater != session.observations.front().rater;
  });
}

bool Competes(v1::SignalKind kind) {
  return kind == v1::SIGNAL_KIND_RUPTURE || kind == v1::SIGNAL_KIND_SPLIT ||
         kind == v1::SIGNAL_KIND_ISOLATION;
}

// Triggers that fired and have not been seen to pass since.
void Follow(const std::vector<SingleTest>& tests, std::set<std::string_view>& standing) {
  for (const SingleTest& test : tests) {
    if (!codes::RaisesIsolation(test.code)) continue;
    if (test.outcome == v1::TEST_OUTCOME_FIRED) standing.insert(test.code);
    if (test.outcome == v1::TEST_OUTCOME_PASSED) standing.erase(test.code);
  }
}

}  // namespace

void RaisingFit::Add(std::span<const SessionFacts> family) {
  std::map<SeriesKey, Course> ruptures;
  std::map<std::string, Course> isolations;
  std::map<std::string, std::set<std::string_view>> standing;
  Course splits;
  FamilyMonitor monitor;
  for (const SessionFacts& session : family) {
    const std::vector<Assessment> assessments = Advance(figures_, session, monitor);
    std::map<std::string, double> going_on;  // by member: what competes excludes each other
    const Assessment* split = nullptr;       // the likeliest
    for (const Assessment& one : assessments) {
      if (Competes(one.kind)) going_on[one.member] += one.posterior;
      if (one.kind != v1::SIGNAL_KIND_SPLIT) continue;
      if (split == nullptr || one.posterior > split->posterior) split = &one;
    }
    const auto look = [&](const Assessment& one) {
      return Look{.posterior = static_cast<float>(one.posterior),
                  .nothing = static_cast<float>(std::max(0.0, 1 - going_on[one.member]))};
    };
    for (const Assessment& one : assessments) {
      const SeriesKey key{one.member, one.target, one.interpersonal};
      if (one.kind == v1::SIGNAL_KIND_RUPTURE && RatedBy(session, key)) {
        ruptures[key].push_back(look(one));
      } else if (one.kind == v1::SIGNAL_KIND_ISOLATION) {
        std::set<std::string_view>& triggers = standing[one.member];
        Follow(one.tests, triggers);
        Course& course = isolations[one.member];
        course.push_back(look(one));
        course.back().standing = !triggers.empty();
      }
    }
    // False if nothing goes on with whose side is low. That it may be with anybody else is left
    // out: over a whole family small doubts, which are often too large, would add up.
    if (split != nullptr && RatedByTwo(session)) splits.push_back(look(*split));
  }
  for (auto& [key, course] : ruptures) courses_[kRupture].push_back(std::move(course));
  for (auto& [member, course] : isolations) {
    // Who is alone in treatment has nobody to be isolated from.
    if (isolations.size() > 1) courses_[kIsolation].push_back(std::move(course));
  }
  courses_[kSplit].push_back(std::move(splits));
}

double RaisingFit::FalseRate(Kind kind, double threshold) const {
  const double over = threshold * figures_.decision.raises.over_share;
  double wrong = 0, quiet = 0;
  for (const Course& course : courses_[kind]) {
    bool open = false;
    for (const Look& one : course) {
      const bool opens = one.standing || one.posterior >= threshold;
      if (opens && !open) wrong += one.nothing;
      open = opens || (open && one.posterior >= over);
      quiet += one.nothing;
    }
  }
  return quiet > 0 ? wrong / quiet : 0;
}

double RaisingFit::Threshold(Kind kind, double assumed) const {
  double rated = 0;
  for (const Course& course : courses_[kind]) rated += static_cast<double>(course.size());
  if (rated == 0) return assumed;
  double low = std::log(kLeast), high = std::log(kMost);
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (FalseRate(kind, std::exp(middle)) > figures_.decision.false_rate ? low : high) = middle;
  }
  const double share = rated / (rated + kFitPriorRated);
  return std::exp(share * high + (1 - share) * std::log(assumed));
}

RaisingParameters RaisingFit::Fitted() const {
  RaisingParameters raises = figures_.decision.raises;
  const double helper_split = raises.helper_split / raises.rupture;
  raises.rupture = Threshold(kRupture, raises.rupture);
  raises.helper_split = std::min(kMost, helper_split * raises.rupture);
  raises.split = Threshold(kSplit, raises.split);
  raises.isolation = Threshold(kIsolation, raises.isolation);
  return raises;
}

}  // namespace rapport::alliance
