// Small cells stay hidden, also from those who subtract; an agency's insight; the trajectory.
#include "alliance/scoring/insight.h"
#include "alliance/scoring/growth.h"
#include "alliance/scoring/suppression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <random>
#include <set>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using Counts = std::vector<std::int64_t>;

TEST(A10Suppression, HidesSmallCellsAndAsManyMoreAsCoverThem) {
  EXPECT_THAT(SuppressSmall(Counts{40, 11, 25}).cells, ElementsAre(true, true, true));
  EXPECT_THAT(SuppressSmall(Counts{40, 3, 25}).cells, ElementsAre(false, false, true));
  EXPECT_THAT(SuppressSmall(Counts{40, 3, 8}).cells, ElementsAre(true, false, false))
      << "two of together 11 cover each other";
  EXPECT_THAT(SuppressSmall(Counts{40, 3, 7}).cells, ElementsAre(false, false, false))
      << "together 10 would follow by subtraction";
  EXPECT_THAT(SuppressSmall(Counts{40, 3, 0, 25}).cells, ElementsAre(false, false, true, true))
      << "an empty cell covers nothing";
  EXPECT_THAT(SuppressSmall(Counts{30, 25, 3}).cells, ElementsAre(false, true, false));
  EXPECT_THAT(SuppressSmall(Counts{11, 11, 10}).cells, SuppressSmall(Counts{13, 11, 8}).cells)
      << "who is hidden as cover says nothing of sizes";
}

TEST(A10Suppression, HidesTheTotalWhereNothingElseCovers) {
  EXPECT_FALSE(SuppressSmall(Counts{0, 5}).total);
  EXPECT_FALSE(SuppressSmall(Counts{4, 5}).total);
  EXPECT_TRUE(SuppressSmall(Counts{0, 0}).total);
  EXPECT_TRUE(SuppressSmall(Counts{0, 11}).total);
  EXPECT_TRUE(SuppressSmall(Counts{6, 5}).total);
}

// What somebody sees of a breakdown; -1: hidden.
std::vector<std::int64_t> View(const Counts& counts) {
  const ShownCells shown = SuppressSmall(counts);
  std::vector<std::int64_t> view;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += counts[i];
    view.push_back(shown.cells[i] ? counts[i] : -1);
  }
  view.push_back(shown.total ? total : -1);
  return view;
}

// Every breakdown into three cells of up to 16 people is tried. Somebody who sees one and knows the
// rule can work out which breakdowns, of whatever size, look like this: for each hidden cell of 1
// to 10 there is more than one number it can be, and no shown one, nor the total less the shown
// ones, is of 1 to 10. (Cells larger than 60 would only add to what is possible.)
TEST(A10Suppression, ProofThatNoSmallCellFollowsFromWhatIsShown) {
  std::map<Counts, std::vector<std::set<std::int64_t>>> possible;
  const auto each = [&](std::int64_t most, const auto& use) {
    for (std::int64_t a = 0; a <= most; ++a) {
      for (std::int64_t b = 0; b <= most; ++b) {
        for (std::int64_t c = 0; c <= most; ++c) use(Counts{a, b, c});
      }
    }
  };
  each(60, [&](const Counts& counts) {
    auto& sets = possible[View(counts)];
    sets.resize(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (sets[i].size() < 2) sets[i].insert(counts[i]);  // two are enough to doubt
    }
  });
  int hidden_small = 0;
  each(16, [&](const Counts& counts) {
    const Counts view = View(counts);
    std::int64_t rest = view.back();
    bool any_hidden = false;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (view[i] >= 0) {
        ASSERT_TRUE(view[i] == 0 || view[i] >= kFewest);
        rest -= view[i];
        continue;
      }
      any_hidden = true;
      if (counts[i] >= kFewest) continue;
      ++hidden_small;
      ASSERT_GT(possible.at(view)[i].size(), 1u)
          << counts[0] << " " << counts[1] << " " << counts[2];
    }
    if (view.back() >= 0 && any_hidden) {
      ASSERT_GE(rest, kFewest);
    }
  });
  EXPECT_GT(hidden_small, 1'000);
}

TEST(A10Insight, AShareIsShownOnlyWhenNeitherPartIsSmall) {
  EXPECT_FALSE(ShareOf(10, 10).has_value());
  EXPECT_FALSE(ShareOf(30, 25).has_value()) << "5 who did not answer";
  EXPECT_FALSE(ShareOf(30, 5).has_value());
  ASSERT_TRUE(ShareOf(30, 15).has_value());
  EXPECT_EQ(ShareOf(30, 15)->share, .5);
  ASSERT_TRUE(ShareOf(30, 30).has_value()) << "none who did not: nobody is told of";
}

// Families of three with four sessions each; one factor in the items.
struct Ratings {
  std::vector<InsightRating> all;
  std::vector<std::vector<std::optional<double>>> items;
};

std::optional<Insight> InsightOf(const Ratings& ratings, const InsightMeasure& measure) {
  return rapport::alliance::InsightOf(
      ratings.all, [&](std::size_t place) { return ratings.items[place]; }, measure);
}

Ratings RatingsOf(std::uint32_t families, std::uint32_t therapists) {
  std::mt19937 random(20'240'608);
  std::normal_distribution<double> normal;
  Ratings ratings;
  for (std::uint32_t family = 0; family < families; ++family) {
    const double level = 5 + normal(random);
    for (std::uint32_t member = 0; member < 3; ++member) {
      const double own = level + .7 * normal(random);
      for (int session = 1; session <= 4; ++session) {
        const double now = own + .5 * normal(random);
        InsightRating& rating = ratings.all.emplace_back();
        auto& items = ratings.items.emplace_back();
        rating.therapist = family % therapists;
        rating.family = family;
        rating.member = member;
        rating.session_number = session;
        double sum = 0;
        for (int item = 0; item < 4; ++item) {
          items.emplace_back(now + .6 * normal(random));
          sum += *items.back();
        }
        rating.value = rating.published = sum / 4;
      }
    }
  }
  return ratings;
}

constexpr InsightMeasure kMeasure{.lowest = 0, .highest = 10, .null_variance = 8.5};

TEST(A10Insight, SaysHowTheMeasureDoesInOwnData) {
  const auto insight = InsightOf(RatingsOf(40, 12), kMeasure);
  ASSERT_TRUE(insight.has_value());
  EXPECT_EQ(insight->ratings, 480);
  EXPECT_EQ(insight->raters, 120);
  EXPECT_EQ(insight->families, 40);
  ASSERT_TRUE(insight->consistency && insight->consistency->alpha && insight->omega);
  EXPECT_EQ(insight->consistency->rows, 120) << "nobody counts twice";
  EXPECT_NEAR(*insight->consistency->alpha, *insight->omega, .01) << "items alike";
  EXPECT_GT(*insight->omega, .9);
  ASSERT_TRUE(insight->families_apart && insight->families_apart->icc1);
  EXPECT_GT(*insight->families_apart->icc1, .3);
  EXPECT_TRUE(insight->median_rwg.has_value());
  EXPECT_THAT(insight->levels, ElementsAre("therapist", "family", "member"));
  ASSERT_TRUE(insight->variance.has_value());
  EXPECT_GT(insight->variance->share(1), insight->variance->share(2));
  for (const InsightBin& bin : insight->distribution) {
    EXPECT_TRUE(!bin.raters || *bin.raters == 0 || *bin.raters >= kFewest);
  }
}

// Whoever sees two windows sees their difference too.
TEST(A10Insight, ProofThatNoBinOfTwoWindowsDiffersByFewPeople) {
  std::size_t shown = 0;
  for (unsigned seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::normal_distribution<double> normal(5, 1.5);
    Ratings all;
    for (int batch = 0; batch < 6; ++batch) {
      const auto people = 11 + random() % 150;
      for (std::uint32_t person = 0; person < people; ++person) {
        all.all.push_back({.family = person / 3, .member = person, .session_number = batch + 1});
        all.all.back().batch = batch;
        all.all.back().value = all.all.back().published = std::clamp(normal(random), 0.0, 10.0);
        all.items.emplace_back();
      }
    }
    std::map<std::pair<int, int>, std::vector<InsightBin>> windows;  // batches [from, to)
    for (int from = 0; from < 6; ++from) {
      for (int to = from + 1; to <= 6; ++to) {
        Ratings window;
        for (const InsightRating& one : all.all) {
          if (one.batch < from || one.batch >= to) continue;
          window.all.push_back(one);
          window.all.back().batch -= from;
          window.items.emplace_back();
        }
        const auto& bins = windows[{from, to}] = InsightOf(window, kMeasure)->distribution;
        for (const auto& [other, smaller] : windows) {
          if (other.first < from || other.second > to) continue;
          for (std::size_t i = 0; i < bins.size(); ++i) {
            if (!bins[i].raters || !smaller[i].raters) continue;
            const auto difference = *bins[i].raters - *smaller[i].raters;
            EXPECT_TRUE(difference == 0 || difference >= kFewest) << i;
            ++shown;
          }
        }
      }
    }
  }
  EXPECT_GT(shown, 3000U);
}

// Batches of people, most of whom come again; in some, few answered every item or rated together.
Ratings InBatches(std::mt19937& random, int batches) {
  std::normal_distribution<double> normal(5, 1.5);
  Ratings all;
  for (int batch = 0; batch < batches; ++batch) {
    const auto people = 11 + random() % 60;
    const auto first = random() % 20;  // of the people
    const bool together = random() % 2 == 0, complete = random() % 2 == 0;
    for (std::uint32_t i = 0; i < people; ++i) {
      const auto person = static_cast<std::uint32_t>(first + i);
      InsightRating& one = all.all.emplace_back();
      one.family = person / 3;
      one.member = person;
      // In a session of their own, or one that their family shares.
      one.session_number = batch * 100 + (together || i < 6 ? 1 : 2 + static_cast<int>(i % 3));
      one.batch = one.window_batch = batch;
      one.value = one.published = std::clamp(normal(random), 0.0, 10.0);
      all.items.push_back({one.value, one.value + normal(random), normal(random)});
      if (!complete && i >= 5) all.items.back()[1].reset();
    }
  }
  return all;
}

Ratings Window(const Ratings& all, int from, int to) {
  Ratings window;
  for (std::size_t i = 0; i < all.all.size(); ++i) {
    if (all.all[i].batch < from || all.all[i].batch >= to) continue;
    window.all.push_back(all.all[i]);
    window.all.back().batch -= from;
    window.all.back().window_batch -= from;
    window.items.push_back(all.items[i]);
  }
  return window;
}

// Who sees two windows of which one has a batch more subtracts and is left with the batch: so no
// figure of a window may be of other than what each of its batches gives by itself, and that is of
// 11 people or more or nothing.
TEST(A10Insight, ProofThatAFigureOfAWindowIsThatOfItsBatchesTogether) {
  int means = 0, without_rows = 0, without_families = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const Ratings all = InBatches(random, 3);
    std::vector<Insight> alone;
    for (int batch = 0; batch < 3; ++batch) {
      alone.push_back(*InsightOf(Window(all, batch, batch + 1), kMeasure));
      EXPECT_TRUE(!alone.back().consistency || alone.back().consistency->rows >= kFewest);
      EXPECT_TRUE(!alone.back().families_apart || alone.back().families_apart->groups >= kFewest);
    }
    for (int from = 0; from < 3; ++from) {
      double sum = 0;
      int values = 0, rows = 0, groups = 0, together = 0;
      for (int to = from + 1; to <= 3; ++to) {
        const Insight& more = alone[static_cast<std::size_t>(to - 1)];
        sum += *more.mean * static_cast<double>(more.raters);
        values += static_cast<int>(more.raters);
        rows += more.consistency ? more.consistency->rows : 0;
        groups += more.families_apart ? more.families_apart->groups : 0;
        together += more.families_apart ? more.families_apart->values : 0;
        const Insight window = *InsightOf(Window(all, from, to), kMeasure);
        EXPECT_NEAR(*window.mean, sum / values, 1e-9) << "who came again counts in each batch";
        EXPECT_EQ(window.consistency ? window.consistency->rows : 0, rows);
        EXPECT_EQ(window.families_apart ? window.families_apart->groups : 0, groups);
        EXPECT_EQ(window.families_apart ? window.families_apart->values : 0, together);
        ++means;
        if (to == from + 1) continue;
        const Insight before = *InsightOf(Window(all, from, to - 1), kMeasure);
        if (!more.consistency && before.consistency) {
          EXPECT_EQ(*window.consistency->alpha, *before.consistency->alpha);
          ++without_rows;
        }
        if (!more.families_apart && before.families_apart) {
          EXPECT_EQ(window.families_apart->icc1, before.families_apart->icc1);
          EXPECT_EQ(window.median_rwg, before.median_rwg);
          ++without_families;
        }
      }
    }
  }
  EXPECT_GT(means, 300);
  EXPECT_GT(without_rows, 20);
  EXPECT_GT(without_families, 10);
}

TEST(A10Insight, LeavesOutWhatTooFewStandFor) {
  EXPECT_FALSE(InsightOf(RatingsOf(3, 1), kMeasure).has_value()) << "nine raters";
  const auto few = InsightOf(RatingsOf(9, 2), kMeasure);
  ASSERT_TRUE(few.has_value());
  EXPECT_TRUE(few->mean.has_value());
  EXPECT_FALSE(few->families_apart.has_value());
  EXPECT_FALSE(few->variance.has_value());
  EXPECT_FALSE(InsightOf(RatingsOf(10, 10), kMeasure)->variance.has_value()) << "ten families";
  const auto some = InsightOf(RatingsOf(12, 10), kMeasure);
  ASSERT_TRUE(some.has_value());
  EXPECT_THAT(some->levels, ElementsAre("family", "member")) << "ten therapists are too few";
}

GrowthCase Simulated(std::mt19937& random, bool successful) {
  std::normal_distribution<double> normal;
  GrowthCase one{.successful = successful};
  const double first = 20 + 5 * normal(random);
  const double u0 = 2 * normal(random);
  const double u1 = .5 * u0 / 2 + .8 * normal(random);
  one.values.push_back(first);
  const int count = 3 + static_cast<int>(random() % 8);
  for (int t = 2; t <= count; ++t) {
    const double log = std::log(t);
    one.values.push_back(6 + .7 * first + (8 - .2 * first) * log + (successful ? 2 * log : 0) + u0 +
                         u1 * log + 1.5 * normal(random));
  }
  return one;
}

TEST(A12Trajectory, RecoversTheModelItWasMadeFrom) {
  const unsigned seed = 20'240'609;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<GrowthCase> cases;
  for (int i = 0; i < 1'500; ++i) cases.push_back(Simulated(random, false));
  const auto model = FitGrowth(cases);
  ASSERT_TRUE(model.has_value());
  EXPECT_EQ(model->raters, 1'500);
  for (const double first : {12., 20., 28.}) {
    for (const int t : {2, 5, 9}) {
      const double log = std::log(t);
      EXPECT_NEAR(model->Expected(first, t), 6 + .7 * first + (8 - .2 * first) * log, .5)
          << first << " " << t;
    }
  }
  EXPECT_NEAR(model->intercept_variance, 4, 1.2);
  EXPECT_NEAR(model->residual, 2.25, .2);
  EXPECT_NEAR(model->Variance(5),
              4 + 2 * 1.0 * std::log(5) + (.25 + .64) * std::pow(std::log(5), 2) + 2.25, 1.5);
  EXPECT_NEAR(model->Percentile(20, 5, .5), model->Expected(20, 5), 1e-9);
  EXPECT_NEAR(model->Percentile(20, 5, .25),
              model->Expected(20, 5) - .6744897501960817 * std::sqrt(model->Variance(5)), 1e-9);
}

// -2 log restricted likelihood from whole matrices, as the textbook writes it.
double DenseCriterion(const std::vector<GrowthCase>& cases, const GrowthModel& m) {
  double log_v = 0;
  std::vector<std::vector<double>> xvx(4, std::vector<double>(4));
  double quadratic = 0;
  for (const GrowthCase& one : cases) {
    const std::size_t n = one.values.size() - 1;
    std::vector<std::vector<double>> v(n, std::vector<double>(n));
    std::vector<std::array<double, 5>> rows(n);  // X and the residual
    for (std::size_t i = 0; i < n; ++i) {
      const double li = std::log(static_cast<double>(i + 2));
      const double from = one.values[0] - m.centre;
      rows[i] = {1, from, li, li * from,
                 one.values[i + 1] - m.Expected(one.values[0], static_cast<int>(i) + 2)};
      for (std::size_t j = 0; j < n; ++j) {
        const double lj = std::log(static_cast<double>(j + 2));
        v[i][j] = m.intercept_variance + m.covariance * (li + lj) + m.slope_variance * li * lj +
                  (i == j ? m.residual : 0);
      }
    }
    // Elimination of V beside the columns gives V^-1 of them and the determinant.
    std::vector<std::array<double, 5>> solved = rows;
    for (std::size_t k = 0; k < n; ++k) {
      log_v += std::log(v[k][k]);
      for (std::size_t i = k + 1; i < n; ++i) {
        const double factor = v[i][k] / v[k][k];
        for (std::size_t j = k; j < n; ++j) v[i][j] -= factor * v[k][j];
        for (std::size_t c = 0; c < 5; ++c) solved[i][c] -= factor * solved[k][c];
      }
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t c = 0; c < 5; ++c) {
        for (std::size_t j = i + 1; j < n; ++j) solved[i][c] -= v[i][j] * solved[j][c];
        solved[i][c] /= v[i][i];
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      quadratic += rows[i][4] * solved[i][4];
      for (std::size_t a = 0; a < 4; ++a) {
        for (std::size_t b = 0; b < 4; ++b) xvx[a][b] += rows[i][a] * solved[i][b];
      }
    }
  }
  double log_xvx = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    log_xvx += std::log(xvx[k][k]);
    for (std::size_t i = k + 1; i < 4; ++i) {
      const double factor = xvx[i][k] / xvx[k][k];
      for (std::size_t j = k; j < 4; ++j) xvx[i][j] -= factor * xvx[k][j];
    }
  }
  return (m.values - 4) * std::log(2 * std::numbers::pi) + log_v + log_xvx + quadratic;
}

TEST(A12Trajectory, HasTheTextbooksLikelihoodAndNoNeighbourIsLikelier) {
  const unsigned seed = 20'240'610;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::vector<GrowthCase> cases;
  for (int i = 0; i < 60; ++i) cases.push_back(Simulated(random, false));
  const auto model = FitGrowth(cases);
  ASSERT_TRUE(model.has_value());
  const double best = DenseCriterion(cases, *model);
  EXPECT_NEAR(best, -2 * model->log_likelihood, 1e-6);
  for (const double change : {.95, 1.05}) {
    for (double GrowthModel::* part :
         {&GrowthModel::intercept_variance, &GrowthModel::slope_variance, &GrowthModel::residual}) {
      GrowthModel near = *model;
      near.*part *= change;
      EXPECT_GT(DenseCriterion(cases, near), best - 1e-6);
    }
  }
}

TEST(A12Trajectory, BelowTwoHundredRatersSaysHowManyAreMissing) {
  std::mt19937 random(1);
  std::vector<GrowthCase> cases;
  for (int i = 0; i < 199; ++i) cases.push_back(Simulated(random, true));
  cases.push_back({.values = {20, 21}, .successful = true});  // too short to count
  const Trajectory few = TrajectoryOf(cases);
  EXPECT_EQ(few.raters, 199);
  EXPECT_EQ(few.missing, 1);
  EXPECT_FALSE(few.all.has_value());
  for (int i = 0; i < 101; ++i) cases.push_back(Simulated(random, i % 2 == 0));
  const Trajectory enough = TrajectoryOf(cases);
  EXPECT_EQ(enough.missing, 0);
  ASSERT_TRUE(enough.all && enough.successful);
  EXPECT_GT(enough.successful->Percentile(20, 6, .5), enough.all->Percentile(20, 6, .25));
}

TEST(A12Trajectory, SomebodyWithTwoCasesIsOneRater) {
  std::mt19937 random(5);
  std::vector<GrowthCase> cases;
  for (std::uint32_t i = 0; i < 250; ++i) {
    cases.push_back(Simulated(random, true));
    cases.back().rater = i % 125;
  }
  const Trajectory few = TrajectoryOf(cases);
  EXPECT_EQ(few.raters, 125);
  EXPECT_EQ(few.successful_raters, 125);
  EXPECT_EQ(few.missing, 75);
  EXPECT_FALSE(few.all);
}

}  // namespace
}  // namespace rapport::alliance
