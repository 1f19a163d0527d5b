#include "alliance/signals/single_tests.h"

#include "alliance/scoring/error.h"
#include "alliance/scoring/normal.h"
#include "alliance/scoring/numbers.h"
#include "alliance/scoring/student_t.h"
#include "alliance/signals/codes.h"

#include <cmath>
#include <numbers>

namespace rapport::alliance {
namespace {

constexpr std::size_t kBaseline = 6;
constexpr std::size_t kLeastForMean = 3;
constexpr std::size_t kLeastForChart = 5;
// Quiet differences from which on the rater's own variation replaces alpha.
constexpr int kLeastWithin = 5;
// The chart's one-sided rate of false alarms, and the share of degrees of freedom that a mean
// moving range of n values keeps (Montgomery, chapter 6: about 0.62 (n - 1)).
constexpr double kChartRate = 0.01;
constexpr double kRangeEfficiency = 0.62;
constexpr double kRangeToSd = 1.128;
constexpr double kLeastRangeShare = 0.25;  // of the SD between raters
// The limit for two of three, as a share of the chart's: 1.773 of 2.66 mean moving ranges.
constexpr double kTwoOfThreeShare = 1.773 / 2.66;
constexpr double kVendorDrop = 1.0 / 40;  // of the range: 1 point on a total of 40
constexpr double kFlatTotal = 0.25;       // SD
constexpr double kR6Rate = 0.05;          // two-sided, over all contents together

double Drop(const Observation& latest, double before) {
  return (latest.lower_better ? -1 : 1) * (before - latest.value);
}

SingleTest Result(std::string_view code, const Observation& latest, double value, double threshold,
                  bool fired) {
  return {.code = code,
          .content = latest.content,
          .outcome = fired ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED,
          .value = value,
          .threshold = threshold,
          .instrument = latest.instrument};
}

SingleTest AtLeastTest(std::string_view code, const Observation& latest, double value,
                       double threshold) {
  return Result(code, latest, value, threshold, AtLeast(value, threshold));
}

SingleTest Unknown(std::string_view code, const Observation& latest) {
  return {.code = code, .content = latest.content, .instrument = latest.instrument};
}

SingleTest Cutoff(const Observation& latest) {
  if (!latest.cutoff) return Unknown(codes::kCutoff, latest);
  const double beyond = Drop(latest, *latest.cutoff);
  return Result(codes::kCutoff, latest, beyond, 0, beyond > 1e-9);
}

// Mean moving range, never below the floor.
double MovingRange(const std::deque<double>& values, double floor) {
  double sum = 0;
  for (std::size_t i = 1; i < values.size(); ++i) sum += std::fabs(values[i] - values[i - 1]);
  return std::max(sum / static_cast<double>(values.size() - 1), floor);
}

// The chart of individuals: far below its mean, or two of three on the way there.
void AddChart(const TestHistory& history, const Observation& latest, double sd,
              std::vector<SingleTest>& tests) {
  const std::deque<double>& values = history.baseline;
  if (values.size() < kLeastForChart) {
    tests.push_back(Unknown(codes::kChart, latest));
    tests.push_back(Unknown(codes::kTwoOfThree, latest));
    return;
  }
  const std::vector<double> copy(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  const double sigma = MovingRange(values, kLeastRangeShare * sd) / kRangeToSd;
  const double width =
      StudentQuantile(2 * kChartRate, kRangeEfficiency * (n - 1)) * std::sqrt(1 + 1 / n);
  const double mean = *Mean(copy);
  const double below = Drop(latest, mean);
  tests.push_back(AtLeastTest(codes::kChart, latest, below, width * sigma));
  double before = -INFINITY;  // of the two before, events included, the one further below
  for (std::size_t i = history.values.size() - 2; i < history.values.size(); ++i) {
    Observation then = latest;
    then.value = history.values[i];
    before = std::max(before, Drop(then, mean));
  }
  tests.push_back(AtLeastTest(codes::kTwoOfThree, latest, std::min(below, before),
                              kTwoOfThreeShare * width * sigma));
}

// Sigma of one session. The rater's own variation once it is known, by the floor of the chart;
// until then what the form's error gives.
double SessionError(const TestHistory& history, double sd, double error_sd) {
  if (history.within_count < kLeastWithin) return error_sd;
  const double own = std::sqrt(history.within_sum / history.within_count);
  return std::max(own, kLeastRangeShare * sd / kRangeToSd);
}

SingleTest Falling(const TestHistory& history, const Observation& latest) {
  if (history.values.size() < kBaseline) return Unknown(codes::kFalling, latest);
  int falls = Drop(latest, history.values.back()) > 0 ? 1 : 0;
  for (std::size_t i = history.values.size() - 1; i > 0; --i) {
    Observation then = latest;
    then.value = history.values[i];
    if (falls == 0 || Drop(then, history.values[i - 1]) <= 0) break;
    ++falls;
  }
  return AtLeastTest(codes::kFalling, latest, falls, kBaseline);
}

}  // namespace

v1::SignalTest ToMessage(const SingleTest& test) {
  v1::SignalTest message;
  message.set_code(std::string(test.code));
  message.set_outcome(test.outcome);
  message.set_content(test.content);
  message.set_instrument(test.instrument);
  if (test.outcome != v1::TEST_OUTCOME_NOT_EVALUABLE) {
    message.set_value(test.value);
    message.set_threshold(test.threshold);
  }
  return message;
}

std::vector<SingleTest> RunTests(const TestHistory& history, const Observation& latest, double sd,
                                 double error_sd, const TestContext& context) {
  std::vector<SingleTest> tests = {Cutoff(latest)};
  tests.push_back(context.reported ? Result(codes::kReported, latest, 1, 1, true)
                                   : Unknown(codes::kReported, latest));
  if (!history.last) {
    for (const auto code :
         {codes::kVendor, codes::kFromLast, codes::kFromMean, codes::kFarFromMean, codes::kChart,
          codes::kTwoOfThree, codes::kFalling, codes::kOneContent, codes::kFlatTop}) {
      tests.push_back(Unknown(code, latest));
    }
    return tests;
  }
  const double drop = Drop(latest, *history.last);
  const double range = latest.highest - latest.lowest;
  tests.push_back(AtLeastTest(codes::kVendor, latest, drop, kVendorDrop * range));

  const double error = SessionError(history, sd, error_sd);
  const double change = kCritical95 * std::numbers::sqrt2 * error;
  tests.push_back(AtLeastTest(codes::kFromLast, latest, drop, change));

  const std::vector<double> baseline(history.baseline.begin(), history.baseline.end());
  if (baseline.size() < kLeastForMean) {
    tests.push_back(Unknown(codes::kFromMean, latest));
    tests.push_back(Unknown(codes::kFarFromMean, latest));
  } else {
    const double below = Drop(latest, *Mean(baseline));
    const double scale = std::max(*SampleDeviation(baseline), sd);
    tests.push_back(AtLeastTest(codes::kFromMean, latest, below, scale));
    tests.push_back(AtLeastTest(codes::kFarFromMean, latest, below, 2 * scale));
  }
  AddChart(history, latest, sd, tests);
  tests.push_back(Falling(history, latest));

  if (!context.total_drop || context.contents < 2) {
    tests.push_back(Unknown(codes::kOneContent, latest));
  } else {
    const double critical = NormalQuantile(1 - kR6Rate / 2 / context.contents);
    const double threshold = critical * std::numbers::sqrt2 * error;
    tests.push_back(
        Result(codes::kOneContent, latest, drop, threshold,
               AtLeast(drop, threshold) && std::fabs(*context.total_drop) < kFlatTotal));
  }
  const bool stays = Drop(latest, *history.last) == 0;
  const int at_top = stays ? history.at_top + 1 : 0;
  if (history.at_top + 1 < context.ceiling_sessions &&
      history.values.size() + 1 < static_cast<std::size_t>(context.ceiling_sessions)) {
    tests.push_back(Unknown(codes::kFlatTop, latest));
  } else {
    const double share =
        (latest.lower_better ? latest.highest - latest.value : latest.value - latest.lowest) /
        range;
    const int flat = AtLeast(share, context.ceiling_share) && history.at_top > 0 ? at_top : 0;
    tests.push_back(AtLeastTest(codes::kFlatTop, latest, flat, context.ceiling_sessions));
  }
  return tests;
}

void Remember(const Observation& latest, bool event_open, double ceiling_share,
              TestHistory& history) {
  const double share =
      (latest.lower_better ? latest.highest - latest.value : latest.value - latest.lowest) /
      (latest.highest - latest.lowest);
  const bool top = AtLeast(share, ceiling_share);
  const bool same = history.last && *history.last == latest.value;
  history.at_top = !top ? 0 : (same ? history.at_top + 1 : 1);
  if (!event_open) {
    if (history.last_quiet) {  // the one right before was quiet too
      const double difference = latest.value - history.baseline.back();
      history.within_sum += difference * difference / 2;
      ++history.within_count;
    }
    history.baseline.push_back(latest.value);
    if (history.baseline.size() > kBaseline) history.baseline.pop_front();
  }
  history.last_quiet = !event_open;
  history.values.push_back(latest.value);
  if (history.values.size() > kBaseline) history.values.pop_front();
  history.last = latest.value;
}

}  // namespace rapport::alliance
