// The pathway's promises about whole populations of ratings: how often a weak link is named where
// there is none, and where there is one.
#include "alliance/signals/pathway.h"
#include "alliance/scoring/measure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace rapport::alliance {
namespace {

constexpr double kSd = 1.8;  // between raters, the pulse's
// Conditions, trust, willingness and agreement of the pulse: single items have r = .60.
constexpr StageValues kErrors = {StageValue{0, .7}, StageValue{0, 1.14}, StageValue{0, 1.14},
                                 StageValue{0, .9}};

// Raters in whom nothing happens, as METHOD.md assumes them: a level, lasting differences of the
// stages, days that take all stages along, and the error of each answer.
class QuietRaters {
 public:
  // Of a new rater: `sessions` ratings.
  std::vector<StageValues> Course(int sessions) {
    const LevelParameters level;
    const double rater = 7.5 + Noise(kSd);
    StageValues lasting = kErrors;
    for (auto& stage : lasting) stage->value = rater + Noise(level.part_sd * kSd);
    std::vector<StageValues> course;
    for (int t = 0; t < sessions; ++t) {
      const double day = Noise(std::hypot(level.day_sd, level.family_day_sd) * kSd);
      StageValues said = lasting;
      for (auto& stage : said) stage->value += day + Noise(stage->error);
      course.push_back(said);
    }
    return course;
  }

 private:
  double Noise(double sd) { return sd * normal_(random_); }

  std::mt19937 random_{20261127};
  std::normal_distribution<double> normal_;
};

// Share of `raters` in whose last rating `named` holds, after `change` was done to it.
template <typename Change, typename Named>
double Share(int sessions, int raters, Change change, Named named) {
  QuietRaters quiet;
  int count = 0;
  for (int i = 0; i < raters; ++i) {
    std::vector<StageValues> before = quiet.Course(sessions);
    StageValues latest = before.back();
    before.pop_back();
    change(latest);
    count += named(PathwayOf(latest, before)) ? 1 : 0;
  }
  return static_cast<double>(count) / raters;
}

// 5 % of all stages together, and 1 % where the whole rating is compared with those before.
TEST(Pathway, NamesAWeakLinkInOneOfTwentyQuietRatingsAtMost) {
  for (const int sessions : {1, 2, 4, 12}) {
    const double named = Share(
        sessions, 20'000, [](StageValues&) {},
        [](const Pathway& path) { return path.first_weak.has_value(); });
    EXPECT_LT(named, .06) << sessions << " sessions";
  }
}

TEST(Pathway, AFallOfAllStagesTogetherIsAFallFromTheFirst) {
  const auto all_fall = [](StageValues& latest) {
    for (auto& stage : latest) stage->value -= 4;
  };
  const auto conditions = [](const Pathway& path) { return path.first_weak == Stage::kConditions; };
  EXPECT_GT(Share(4, 5'000, all_fall, conditions), .85);
}

TEST(Pathway, AFallInTrustIsNamedAsOne) {
  const auto trust_falls = [](StageValues& latest) { latest[1]->value -= 4; };
  const auto trust = [](const Pathway& path) { return path.first_weak == Stage::kTrust; };
  EXPECT_GT(Share(4, 5'000, trust_falls, trust), .75);
}

}  // namespace
}  // namespace rapport::alliance
