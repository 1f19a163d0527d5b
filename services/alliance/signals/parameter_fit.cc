#include "alliance/signals/parameter_fit.h"

#include "alliance/scoring/numbers.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr double kPriorDifferences = 100;  // of successive ratings: what the assumed days weigh

// Bounds of what days may be fitted to, so that every rater keeps a day of their own, by which what
// is looked at is divided: the variance of all days, and the family's share of it.
constexpr double kLeastDays = 0.01;
constexpr double kMostShared = 0.8;

double Square(double value) { return value * value; }

double Average(const Parts& parts) { return (parts[0] + parts[1] + parts[2]) / kParts; }

// A sum with the number of terms.
struct Moment {
  double sum = 0;
  double count = 0;
  void Add(double value) {
    sum += value;
    count += 1;
  }
  // Drawn towards `assumed`, which counts as `worth` terms. Never below 0.
  double Towards(double assumed, double worth) const {
    return std::max(0.0, (sum + assumed * worth) / (count + worth));
  }
};

// Half the product of successive differences: the levels cancel, and what is new in a session
// stays. A drift and the reverting movement add little over one session and are taken off.
struct Days {
  Moment own;     // between the parts of one rating
  Moment family;  // between raters of one family over the same two sessions
};

using Step = std::pair<int, int>;  // numbers of two successive rated sessions

Days DaysOf(const LevelParameters& level, const std::vector<QuietStretch>& stretches) {
  Days days;
  std::map<std::pair<std::string, Step>, std::map<std::string, double>> shared;
  for (const QuietStretch& stretch : stretches) {
    for (std::size_t t = 1; t < stretch.ratings.size(); ++t) {
      const QuietRating& before = stretch.ratings[t - 1];
      const QuietRating& after = stretch.ratings[t];
      Parts step;
      for (std::size_t i = 0; i < kParts; ++i) step[i] = after.values[i] - before.values[i];
      const int gap = after.session - before.session;
      const double moved = gap * Square(level.drift_sd) / 2 +
                           (1 - std::pow(level.movement_keep, gap)) * Square(level.movement_sd);
      const double products = step[0] * step[1] + step[0] * step[2] + step[1] * step[2];
      days.own.Add(products / kParts / 2 - moved);
      shared[{stretch.family, {before.session, after.session}}][stretch.rater] = Average(step);
    }
  }
  for (const auto& [key, steps] : shared) {
    for (auto one = steps.begin(); one != steps.end(); ++one) {
      for (auto other = std::next(one); other != steps.end(); ++other) {
        days.family.Add(one->second * other->second / 2);
      }
    }
  }
  return days;
}

// By the method of moments.
void FitDays(const std::vector<QuietStretch>& stretches, LevelParameters& level) {
  const Days days = DaysOf(level, stretches);
  const double family = days.family.Towards(Square(level.family_day_sd), kPriorDifferences);
  const double both = std::max(
      days.own.Towards(Square(level.day_sd) + Square(level.family_day_sd), kPriorDifferences),
      kLeastDays);
  level.family_day_sd = std::sqrt(std::min(family, kMostShared * both));
  level.day_sd = std::sqrt(both - Square(level.family_day_sd));
}

struct RaterMean {
  double mean = 0;
  double noise = 0;  // variance of the mean
};

// Means of raters by family, each over all targets.
std::map<std::string, std::vector<RaterMean>> RaterMeans(
    const LevelParameters& level, const std::vector<QuietStretch>& stretches) {
  std::map<std::string, std::map<std::string, std::vector<double>>> values;
  std::map<std::string, std::map<std::string, double>> errors;
  for (const QuietStretch& stretch : stretches) {
    for (const QuietRating& rating : stretch.ratings) {
      values[stretch.family][stretch.rater].push_back(Average(rating.values));
      errors[stretch.family][stretch.rater] += Average(rating.error_variances) / kParts;
    }
  }
  std::map<std::string, std::vector<RaterMean>> means;
  for (const auto& [family, raters] : values) {
    for (const auto& [rater, all] : raters) {
      const auto n = static_cast<double>(all.size());
      const double day = Square(level.day_sd) + Square(level.family_day_sd);
      means[family].push_back({*Mean(all), (errors[family][rater] / n + day) / n});
    }
  }
  return means;
}

// Between raters of a family, between families, and between the parts of a rater.
void FitLevels(const std::vector<QuietStretch>& stretches, LevelParameters& level) {
  Moment rater;
  Moment parts;
  std::vector<double> families;
  std::vector<double> noises;
  for (const auto& [family, means] : RaterMeans(level, stretches)) {
    std::vector<double> values;
    double noise = 0;
    for (const RaterMean& one : means) {
      values.push_back(one.mean);
      noise += one.noise / static_cast<double>(means.size());
    }
    families.push_back(*Mean(values));
    if (const auto variance = SampleVariance(values)) {
      for (std::size_t i = 1; i < values.size(); ++i) rater.Add(*variance - noise);
    }
    noises.push_back(noise / static_cast<double>(means.size()));
  }
  for (const QuietStretch& stretch : stretches) {
    if (stretch.ratings.empty()) continue;
    Parts mean{};
    double noise = 0;
    const auto n = static_cast<double>(stretch.ratings.size());
    for (const QuietRating& rating : stretch.ratings) {
      for (std::size_t i = 0; i < kParts; ++i) mean[i] += rating.values[i] / n;
      noise += Average(rating.error_variances) / (n * n);
    }
    parts.Add(*SampleVariance(mean) - noise);
  }
  level.part_sd = std::sqrt(parts.Towards(Square(level.part_sd), kFitPriorRaters));
  level.rater_sd = std::sqrt(rater.Towards(Square(level.rater_sd), kFitPriorRaters));
  if (const auto variance = SampleVariance(families)) {
    Moment family;
    const double raters = Square(level.rater_sd) * static_cast<double>(families.size());
    const double each = raters / std::max(1.0, rater.count + static_cast<double>(families.size()));
    for (std::size_t i = 1; i < families.size(); ++i) family.Add(*variance - *Mean(noises) - each);
    level.family_sd = std::sqrt(family.Towards(Square(level.family_sd), kFitPriorFamilies));
  }
}

void FitRate(const SignCounts::Count& seen, double& quiet, double& isolated) {
  SetRate((quiet * kFitPriorSigns + seen.happened) / (kFitPriorSigns + seen.possible), quiet,
          isolated);
}

double Odds(double p) { return p / (1 - p); }

}  // namespace

void SetRate(double rate, double& quiet, double& isolated) {
  const double odds = Odds(rate) * Odds(isolated) / Odds(quiet);
  quiet = rate;
  isolated = odds / (1 + odds);
}

FigureFit::FigureFit(const MonitorParameters& assumed) : assumed_(assumed), days_(assumed) {}

void FigureFit::Add(const std::string& family, std::span<const SessionFacts> history) {
  days_.Add(history);
  QuietFamily quiet = QuietFamilyOf(assumed_, family, history);
  std::ranges::move(quiet.stretches, std::back_inserter(stretches_));
  AddTo(signs_, quiet.signs);
}

MonitorParameters FigureFit::Fitted() const {
  MonitorParameters fitted = assumed_;
  ++fitted.version;
  FitDays(stretches_, fitted.level);
  // Either knows days too low, for a reason of its own: the moments leave out what is odd, the
  // likelihood takes the errors for as large as they are stated, where a rater's items may agree.
  LevelParameters likely = assumed_.level;
  days_.Into(likely);
  if (likely.day_sd > fitted.level.day_sd) {
    fitted.level.day_sd = likely.day_sd;
    fitted.level.movement_sd = likely.movement_sd;
  }
  FitLevels(stretches_, fitted.level);
  IsolationParameters& signs = fitted.isolation;
  FitRate(signs_.absent, signs.absent_quiet, signs.absent_isolated);
  FitRate(signs_.withdrawn, signs.withdrawn_quiet, signs.withdrawn_isolated);
  FitRate(signs_.unnoted, signs.unnoted_quiet, signs.unnoted_isolated);
  FitRate(signs_.unrated, signs.unrated_quiet, signs.unrated_isolated);
  FitRate(signs_.no_work, signs.no_work_quiet, signs.no_work_isolated);
  return fitted;
}

}  // namespace rapport::alliance
