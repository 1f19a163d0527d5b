#include "alliance/signals/split_watch.h"

#include "alliance/scoring/error.h"
#include "alliance/scoring/numbers.h"
#include "alliance/signals/codes.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rapport::alliance {
namespace {

// A gap between helpers that grew by less than this share of what is reliable has closed again.
constexpr double kClosedAgain = 0.5;

double Square(double value) { return value * value; }

bool HasOthers(const FamilyMonitor& monitor, const std::string& member) {
  return std::ranges::any_of(monitor.series, [&](const auto& one) {
    return one.first.interpersonal == v1::INTERPERSONAL_SELF && one.first.rater != member;
  });
}

// The measures of a side: each content over its ratings.
std::vector<Measure> MeasuresOf(const Side& side) {
  std::map<Parts, std::vector<const Measure*>> by_part;
  for (const RatedSeries* rating : side.ratings) {
    for (const Measure& measure : rating->measures) by_part[measure.weights].push_back(&measure);
  }
  std::vector<Measure> measures;
  for (const auto& [weights, parts] : by_part) {
    const auto n = static_cast<double>(parts.size());
    Measure mean{.weights = weights, .end = parts.front()->end};
    for (const Measure* part : parts) {
      mean.value += part->value / n;
      mean.error_variance += part->error_variance / (n * n);
      if (part->end != mean.end) mean.end = 0;
    }
    measures.push_back(mean);
  }
  return measures;
}

double MedianOfOthers(const std::vector<Side>& sides, std::size_t self) {
  std::vector<double> values;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    if (i != self) values.push_back(sides[i].value);
  }
  return *Median(values);
}

SingleTest GapTest(const std::vector<Side>& sides) {
  SingleTest test{.code = codes::kGap, .content = v1::CONTENT_ALLIANCE};
  if (sides.size() < 2) return test;
  std::vector<double> errors;
  const auto [low, high] = std::ranges::minmax(sides, {}, &Side::value);
  for (const Side& side : sides) errors.push_back(std::sqrt(side.error));
  const std::optional<double> least = ReliableGap(errors);
  if (!least) return test;
  test.value = high.value - low.value;
  test.threshold = *least;
  test.outcome = AtLeast(test.value, *least) ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED;
  return test;
}

// The latest gap between this side and the others against the first ones, by its error.
SingleTest WideningTest(double against_others, double error, Series& series) {
  SingleTest test{.code = codes::kWidening, .content = v1::CONTENT_ALLIANCE};
  if (series.first_gaps.size() >= 2) {
    const double before = (series.first_gaps[0] + series.first_gaps[1]) / 2;
    test.value = before - against_others;
    test.threshold = kCritical95 * error * std::sqrt(1.5);
    test.outcome =
        AtLeast(test.value, test.threshold) ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED;
  } else {
    series.first_gaps.push_back(against_others);
  }
  return test;
}

// Takes one side in against what the others did, and says how it stands.
Draft AdvanceSide(const MonitorParameters& parameters, const Side& side,
                  std::optional<Company> company, const SingleTest& gap, Series& series) {
  const EventModel model = ModelOf(parameters, parameters.split, series.has_parts);
  const std::vector<Measure> measures = MeasuresOf(side);
  const double own_day = Square(parameters.level.day_sd);
  const double shared = Square(parameters.level.family_day_sd);
  // Of this side as a whole: the ratings' own filters take a fall with every helper for the
  // level's.
  const double expected = series.filter->Predict(model, kWholeAlliance, false).mean;
  if (company) {
    company->rise = parameters.split_rise;
    series.filter->ObserveBeside(model, measures, {0, own_day}, shared, *company);
  } else {
    series.filter->Observe(model, measures, {0, own_day}, shared, 0);
  }
  const Normal others = FamilyDay(parameters.level, company);
  series.instrument = side.ratings.front()->instrument;
  series.provisional = side.ratings.front()->provisional;
  Assessment assessment{.kind = v1::SIGNAL_KIND_SPLIT,
                        .member = side.member,
                        .target = side.target,
                        .content = ContentOf(*series.filter, series.has_parts),
                        .posterior = series.filter->Posterior(),
                        .depth = series.filter->Depth(),
                        .instrument = series.instrument,
                        .provisional = series.provisional,
                        .parameters_version = parameters.version};
  const double error = std::sqrt(side.error + others.variance + own_day);
  if (company) {
    assessment.tests = {gap, WideningTest(side.value - expected - others.mean, error, series)};
  }
  const Normal level = series.filter->Predict(model, kWholeAlliance, false);
  return {.assessment = std::move(assessment),
          .event = &series.event,
          .value = side.value - others.mean,
          .reference = level.mean};
}

void Begin(const MonitorParameters& parameters, const Side& side, Normal level, Series& series) {
  series.has_parts = std::ranges::any_of(side.ratings, &RatedSeries::has_parts);
  series.filter.emplace(ModelOf(parameters, parameters.split, series.has_parts), level,
                        SamePart(parameters.level));
}

// What is still believed of those who did not rate in this session.
Draft Unchanged(const MonitorParameters& parameters, const std::string& member, Series& series) {
  Assessment assessment{.kind = v1::SIGNAL_KIND_SPLIT,
                        .member = member,
                        .content = ContentOf(*series.filter, series.has_parts),
                        .posterior = series.filter->Posterior(),
                        .depth = series.filter->Depth(),
                        .instrument = series.instrument,
                        .provisional = series.provisional,
                        .parameters_version = parameters.version};
  return {.assessment = std::move(assessment), .event = &series.event, .attended = false};
}

void BetweenMembers(const MonitorParameters& parameters, const RatedSession& rated,
                    const Expected& expected, FamilyMonitor& monitor, std::vector<Draft>& drafts) {
  const LevelParameters& level = parameters.level;
  for (auto& [member, series] : monitor.splits) {
    series.filter->Pass(ModelOf(parameters, parameters.split, series.has_parts));
  }
  const std::vector<Side> sides = MemberSides(rated, expected);
  const SingleTest gap = GapTest(sides);
  std::map<std::string, bool> rates;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const std::string& member = sides[i].member;
    const std::optional<Company> company = CompanyOf(sides, i, Square(level.day_sd));
    // Who rates alone teaches where their level is, once there is somebody to split from.
    if (!company && !monitor.splits.contains(member) && !HasOthers(monitor, member)) continue;
    Series& series = monitor.splits[member];
    if (!series.filter) {
      Begin(parameters, sides[i], BeginningLevel(parameters, rated, monitor, member), series);
    }
    rates[member] = true;
    drafts.push_back(AdvanceSide(parameters, sides[i], company, gap, series));
  }
  for (auto& [member, series] : monitor.splits) {
    if (rates.contains(member)) continue;
    drafts.push_back(Unchanged(parameters, member, series));
  }
}

// The ruptures of one member with several helpers, seen side by side: one helper's alliance slides
// away when it falls and the others' don't. Raised only on reliable widening.
void BetweenHelpers(const MonitorParameters& parameters, const RatedSession& rated,
                    const Expected& expected, FamilyMonitor& monitor, std::vector<Draft>& drafts) {
  std::map<std::string, std::vector<Side>> by_member;
  for (const auto& [key, rating] : rated) {
    if (key.interpersonal != v1::INTERPERSONAL_SELF) continue;
    Side side{.member = key.rater, .target = key.target};
    AddTo(side, rating, expected.at(key));
    by_member[key.rater].push_back(std::move(side));
  }
  const auto filter_of = [&](const Side& side) -> const EventFilter& {
    return *monitor.series.at({side.member, side.target, v1::INTERPERSONAL_SELF}).filter;
  };
  for (const auto& [member, sides] : by_member) {
    if (sides.size() < 2) continue;
    const SingleTest gap = GapTest(sides);
    for (std::size_t i = 0; i < sides.size(); ++i) {
      double alone = filter_of(sides[i]).Posterior();
      for (std::size_t j = 0; j < sides.size(); ++j) {
        if (j != i) alone *= 1 - filter_of(sides[j]).Posterior();
      }
      const Normal others = FamilyDay(parameters.level, CompanyOf(sides, i, 0));
      Series& series = monitor.helper_splits[{member, sides[i].target}];
      const double error = std::sqrt(sides[i].error + others.variance);
      const SingleTest widening =
          WideningTest(sides[i].value - MedianOfOthers(sides, i), error, series);
      // Once it has grown, it is the same split until it is seen to close again.
      if (widening.outcome == v1::TEST_OUTCOME_FIRED) series.widened = true;
      if (widening.value < kClosedAgain * widening.threshold) series.widened = false;
      Assessment assessment{.kind = v1::SIGNAL_KIND_HELPER_SPLIT,
                            .member = member,
                            .target = sides[i].target,
                            .content = v1::CONTENT_ALLIANCE,
                            .posterior = series.widened ? alone : 0,
                            .depth = filter_of(sides[i]).Depth(),
                            .tests = {gap, widening},
                            .instrument = sides[i].ratings.front()->instrument,
                            .provisional = sides[i].ratings.front()->provisional,
                            .parameters_version = parameters.version};
      drafts.push_back({.assessment = std::move(assessment), .event = &series.event});
    }
  }
}

}  // namespace

std::optional<double> ReliableGap(std::span<const double> errors) {
  // domain.md 12b.3: 95 per cent points of the studentised range with known error.
  constexpr std::array kQ = {2.77, 3.31, 3.63, 3.86, 4.03, 4.17, 4.29, 4.39, 4.47};
  if (errors.size() < 2) return std::nullopt;
  double squares = 0;
  for (const double error : errors) squares += error * error;
  const std::size_t row = std::min(errors.size() - 2, kQ.size() - 1);
  return kQ[row] * std::sqrt(squares / static_cast<double>(errors.size()));
}

Expected ExpectedOf(const MonitorParameters& parameters, const RatedSession& rated,
                    const FamilyMonitor& monitor) {
  Expected expected;
  for (const auto& [key, rating] : rated) {
    const auto found = monitor.series.find(key);
    if (found == monitor.series.end()) {
      const double variance =
          Square(parameters.level.family_sd) + Square(parameters.level.rater_sd);
      expected[key] = {0, variance};
      continue;
    }
    const Series& series = found->second;
    const EventModel model = ModelOf(parameters, parameters.rupture, series.has_parts);
    expected[key] = series.filter->Predict(model, rating.AverageWeights(), false);
  }
  return expected;
}

void AdvanceSplits(const MonitorParameters& parameters, const RatedSession& rated,
                   const Expected& expected, FamilyMonitor& monitor, std::vector<Draft>& drafts) {
  BetweenMembers(parameters, rated, expected, monitor, drafts);
  BetweenHelpers(parameters, rated, expected, monitor, drafts);
}

}  // namespace rapport::alliance
