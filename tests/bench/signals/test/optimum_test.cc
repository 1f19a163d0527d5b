// The best possible detector is what it says: its posterior is the exact one.
#include "bench/signals/optimum.h"

#include "bench/signals/at.h"
#include "bench/signals/judge.h"
#include "bench/signals/test/dense.h"
#include "bench/signals/test/worlds.h"

#include <cmath>
#include <numbers>

namespace rapport::bench {
namespace {

TEST(Optimum, EqualsTheDensityOfEveryAnswerUnderEveryHypothesis) {
  for (const char* file : {"default.yaml", "other.yaml"}) {
    Parameters p = Shipped(file);
    p.members = {0.3, 0.4, 0.3};
    p.sessions_least = 4;
    p.sessions_most = 6;
    p.sizes = {0.5, 1, 2.5};
    for (double& hazard : p.hazard) hazard = 0.02;
    Random random(p.seed, 1);
    for (int n = 0; n < 20; ++n) {
      const Family family = Simulate(p, random);
      const Statements statements = Optimum(p, Sight::kRaw).Of(family);
      const std::vector<double> dense = DensePosterior(p, family);
      for (std::size_t s = 0; s < dense.size(); ++s) {
        EXPECT_NEAR(statements[s].back().posterior, dense[s], 1e-5)
            << file << ", family " << n << ", subject " << s;
      }
    }
  }
}

// Two raters of one score each, three sessions, all unknowns integrated on a grid.
class TinyCase {
 public:
  TinyCase() : p_(Shipped()) {
    p_.members = {0, 1};
    p_.helpers = {1};
    p_.children = p_.ceiling_raters = 0;
    p_.srs = 1;
    p_.sessions_least = p_.sessions_most = 3;
    p_.gaps.absent = p_.gaps.skipped = 0.001;
    p_.levels = {.family = 0.25, .rater = 0.4};
    p_.days = {.family = 0.05, .rater = 0.1, .odd = 0, .odd_factor = 1};
    p_.first_session = 2;
    p_.sizes = {1, 2};
    p_.hazard = {0.02, 0, 0.03, 0};
    p_.shapes[0] = {{.weight = 1, .effect = {1}}};
    p_.shapes[2] = {{.weight = 1, .effect = {0.5, 1}}};
  }

  const Parameters& parameters() const { return p_; }

  // Density of the family's answers by numeric integration over the family's level, both raters',
  // and each session's days.
  double Density(const Family& family, const Event* event) const {
    double density = 0;
    for (int f = 0; f < kSteps; ++f) {
      for (int a = 0; a < kSteps; ++a) {
        for (int b = 0; b < kSteps; ++b) {
          const double level[2] = {Grid(f, p_.levels.family) + Grid(a, p_.levels.rater),
                                   Grid(f, p_.levels.family) + Grid(b, p_.levels.rater)};
          double all = Weight(f) * Weight(a) * Weight(b);
          for (int t = 0; t < 3; ++t) all *= SessionDensity(family, event, level, t);
          density += all;
        }
      }
    }
    return density;
  }

 private:
  static constexpr int kSteps = 21;
  // A grid over 5 SD to both sides of a normal, with its weights.
  static double Unit(int k) { return -5 + 10.0 * k / (kSteps - 1); }
  static double Grid(int k, double variance) { return std::sqrt(variance) * Unit(k); }
  static double Weight(int k) { return Normal(Unit(k), 1) * 10 / (kSteps - 1); }
  static double Normal(double x, double variance) {
    return std::exp(-x * x / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
  }

  double SessionDensity(const Family& family, const Event* event, const double* level,
                        int t) const {
    double sum = 0;
    for (int s = 0; s < kSteps; s += 2) {  // the family's day is small: every second point
      double both = 2 * Weight(s);
      for (int i = 0; i < 2; ++i) {
        double mean = level[i] + Grid(s, p_.days.family);
        if (event != nullptr) {
          mean -= event->size * event->shape->At(t - event->onset) *
                  Loading(*event, p_.split_rise, i, 0, Construct::kAlliance);
        }
        both *= Normal(family.sessions[At(t)][At(i)].raw[0] - mean,
                       p_.days.rater + p_.srs_form.error[0]);
      }
      sum += both;
    }
    return sum;
  }

  Parameters p_;
};

TEST(Optimum, EqualsNumericIntegrationOnATinyCase) {
  const TinyCase tiny;
  const Parameters& p = tiny.parameters();
  Random random(20261126, 3);
  int compared = 0;
  while (compared < 2) {
    const Family family = Simulate(p, random);
    bool complete = true;
    for (const auto& session : family.sessions) {
      complete = complete && session[0].rated && session[1].rated;
    }
    if (!complete) continue;
    ++compared;
    const std::vector<Subject> subjects = SubjectsOf(2, 1);
    std::vector<double> claimed(subjects.size(), 0);
    double total = QuietPrior(p, family) * tiny.Density(family, nullptr);
    for (const Hypothesis& hypothesis : AllHypotheses(p, family)) {
      if (hypothesis.prior == 0) continue;
      const double weight = hypothesis.prior * tiny.Density(family, &hypothesis.event);
      total += weight;
      const Family supposed{.members = family.members, .event = hypothesis.event};
      for (std::size_t s = 0; s < subjects.size(); ++s) {
        if (OwnEffect(supposed, subjects[s], 2) >= kGoingOn) claimed[s] += weight;
      }
    }
    const Statements statements = Optimum(p, Sight::kRaw).Of(family);
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      EXPECT_NEAR(statements[s].back().posterior, claimed[s] / total, 1e-4) << "subject " << s;
    }
  }
}

TEST(Optimum, WhatItSaysComesTrueAsOftenAsItSays) {
  for (const char* file : {"default.yaml", "other.yaml"}) {
    Parameters p = Shipped(file);
    p.members = {0.3, 0.4, 0.3};
    p.helpers = {0.8, 0.2};
    const Optimum optimum(p, Sight::kRaw);
    Random random(p.seed, 2);
    std::vector<Course> courses;
    for (int sessions = 0, n = 0; sessions < 12'000; ++n) {
      const Family family = Simulate(p, random);
      sessions += family.Sessions();
      const Statements said = optimum.Of(family);
      AddCourses(family, n, std::span(&said, 1), courses);
    }
    for (int claim = 0; claim < kClaims; ++claim) {
      std::vector<Forecast> forecasts;
      AddForecasts(courses, 0, static_cast<Claim>(claim), forecasts);
      // Sessions of one family err together; three standard errors are about this, for splits, of
      // which there are fewest, and a third of it for the others.
      const bool split = static_cast<Claim>(claim) == Claim::kSplit;
      EXPECT_LT(Calibrate(std::move(forecasts)).error, split ? 0.015 : 0.006)
          << file << ", " << NameOf(static_cast<Claim>(claim));
    }
  }
}

// With events so rare that one in a family is all there can be, only what others may have is left
// out: exact, quiet + own + others' = 1; apart, own / (quiet + own).
TEST(Optimum, ApartItJudgesEachMemberAsIfTheOthersHadNone) {
  Parameters p = Small();
  p.members = {0, 0.5, 0.5};
  p.no_event = 0;
  for (auto& shapes : p.shapes) shapes = {{.weight = 1, .effect = {1}}};
  p.hazard[At(static_cast<int>(Kind::kSplit))] = 0;
  Parameters rare = p;
  for (double& hazard : rare.hazard) hazard *= 1e-3;
  Random random(p.seed, 5);
  for (int n = 0; n < 20; ++n) {
    const Family family = Simulate(p, random);
    const std::vector<Subject> subjects = SubjectsOf(family.Members(), family.helpers);
    const Statements exact = Optimum(rare, Sight::kRaw).Of(family);
    const Statements apart = Optimum(rare, Sight::kRaw, Families::kMembersApart).Of(family);
    std::vector<double> own(At(family.Members()), 0);
    double quiet = 1;
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      if (subjects[s].member < 0) continue;
      own[At(subjects[s].member)] += exact[s].back().posterior;
      quiet -= exact[s].back().posterior;
    }
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      if (subjects[s].member < 0) continue;
      EXPECT_NEAR(apart[s].back().posterior,
                  exact[s].back().posterior / (quiet + own[At(subjects[s].member)]), 2e-3);
    }
  }
}

TEST(Optimum, LaterSessionsChangeNoEarlierPosterior) {
  const Parameters p = Small();
  Random random(p.seed, 4);
  for (int n = 0; n < 10; ++n) {
    Family family = Simulate(p, random);
    const Statements whole = Optimum(p, Sight::kRaw).Of(family);
    family.sessions.resize(5);
    const Statements first = Optimum(p, Sight::kRaw).Of(family);
    for (std::size_t s = 0; s < first.size(); ++s) {
      for (std::size_t t = 0; t < 5; ++t) {
        EXPECT_NEAR(first[s][t].posterior, whole[s][t].posterior, 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace rapport::bench
