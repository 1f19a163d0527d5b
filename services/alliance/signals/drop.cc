#include "alliance/signals/drop.h"

#include "alliance/scoring/numbers.h"
#include "alliance/signals/codes.h"
#include "alliance/signals/words.h"

#include <algorithm>
#include <array>
#include <numbers>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr std::array kContents = {v1::CONTENT_TASK, v1::CONTENT_GOAL, v1::CONTENT_BOND,
                                  v1::CONTENT_ALLIANCE};

const ScorePoint* Find(const RatingPoints& rating, v1::Content content) {
  const auto found = rating.points.find(content);
  return found == rating.points.end() ? nullptr : &found->second;
}

double Sign(const ScorePoint& point) { return point.lower_better ? -1 : 1; }

// What the latest value is compared with, newest first.
struct History {
  const ScorePoint* last = nullptr;
  std::vector<double> baseline;
};

History HistoryOf(std::span<const RatingPoints> earlier, v1::Content content,
                  std::string_view instrument) {
  History history;
  for (auto rating = earlier.rbegin(); rating != earlier.rend(); ++rating) {
    const ScorePoint* point = Find(*rating, content);
    if (point == nullptr || point->instrument != instrument) continue;
    if (history.last == nullptr) history.last = point;
    if (rating->under_signal || history.baseline.size() == kBaselineMost) continue;
    history.baseline.push_back(point->value);
  }
  return history;
}

// Alpha knows the error of one sitting, not how a day was: where the rater's own ratings vary more,
// they set the threshold.
v1::SignalTest FromLast(const ScorePoint& latest, const History& history) {
  const ScorePoint* last = history.last;
  if (last == nullptr) return NotEvaluable(codes::kFromLast, {{"latest", latest.value}});
  if (!latest.reliable_change) {
    return NotEvaluable(codes::kFromLast, {{"latest", latest.value}, {"last", last->value}});
  }
  double own_sd = 0;
  if (history.baseline.size() >= kBaselineLeast) own_sd = *SampleDeviation(history.baseline);
  const double own_change = kCritical95 * std::numbers::sqrt2 * own_sd;
  const double threshold = std::max(*latest.reliable_change, own_change);
  const double drop = Sign(latest) * (last->value - latest.value);
  return Evaluated(codes::kFromLast, drop, threshold, AtLeast(drop, threshold),
                   {{"latest", latest.value},
                    {"last", last->value},
                    {"reliable_change", *latest.reliable_change},
                    {"own_change", own_change}});
}

v1::SignalTest FromMean(std::string_view code, double times, const ScorePoint& latest,
                        const std::vector<double>& baseline) {
  const double ratings = static_cast<double>(baseline.size());
  const std::optional<BaselineDrop> below = DropFromMean(latest, baseline);
  if (!below) {
    return NotEvaluable(code, {{"latest", latest.value}, {"baseline_ratings", ratings}});
  }
  const double threshold = times * below->scale;
  return Evaluated(code, below->drop, threshold, AtLeast(below->drop, threshold),
                   {{"latest", latest.value},
                    {"baseline_mean", below->mean},
                    {"baseline_sd", below->own_sd},
                    {"norm_sd", *latest.sd},
                    {"baseline_ratings", ratings}});
}

bool Fired(const std::vector<v1::SignalTest>& tests, std::string_view code) {
  return std::ranges::any_of(tests, [&](const v1::SignalTest& test) {
    return test.code() == code && test.outcome() == v1::TEST_OUTCOME_FIRED;
  });
}

v1::Evidence EvidenceOf(const std::vector<v1::SignalTest>& tests) {
  const bool last = Fired(tests, codes::kFromLast);
  const bool mean = Fired(tests, codes::kFromMean);
  const bool far = Fired(tests, codes::kFarFromMean);
  if (last && far) return v1::EVIDENCE_STRONG;
  if (far || (last && mean)) return v1::EVIDENCE_MODERATE;
  return last || mean ? v1::EVIDENCE_WEAK : v1::EVIDENCE_UNSPECIFIED;
}

// How far beyond its thresholds a content fell: to name the one that fell most.
double Size(const std::vector<v1::SignalTest>& tests) {
  double size = 0;
  for (const v1::SignalTest& test : tests) {
    if (test.code() == codes::kFarFromMean || !test.has_value() || test.threshold() <= 0) continue;
    size = std::max(size, test.value() / test.threshold());
  }
  return size;
}

// What has been found so far, over the contents.
struct Worst {
  v1::Evidence evidence = v1::EVIDENCE_UNSPECIFIED;
  v1::Content content = v1::CONTENT_UNSPECIFIED;
  double size = 0;
  int moderate_parts = 0;
};

// The total is made of the parts: it names the drop only when no part does as clearly.
void Consider(v1::Content content, const std::vector<v1::SignalTest>& tests, Worst& worst) {
  const v1::Evidence evidence = EvidenceOf(tests);
  if (evidence == v1::EVIDENCE_UNSPECIFIED) return;
  const bool part = content != v1::CONTENT_ALLIANCE;
  if (part && evidence >= v1::EVIDENCE_MODERATE) ++worst.moderate_parts;
  const double size = Size(tests);
  if (evidence > worst.evidence || (part && evidence == worst.evidence && size > worst.size)) {
    worst.content = content;
    worst.size = size;
  }
  worst.evidence = std::max(worst.evidence, evidence);
}

}  // namespace

std::optional<BaselineDrop> DropFromMean(const ScorePoint& latest,
                                         std::span<const double> baseline) {
  if (baseline.size() < kBaselineLeast || !latest.sd) return std::nullopt;
  BaselineDrop below{.mean = *Mean(baseline), .own_sd = *SampleDeviation(baseline)};
  below.drop = Sign(latest) * (below.mean - latest.value);
  below.scale = std::max(below.own_sd, *latest.sd);
  return below;
}

std::vector<v1::SignalTest> TestDrop(std::span<const RatingPoints> ratings, v1::Content content) {
  if (ratings.empty()) return {};
  const ScorePoint* latest = Find(ratings.back(), content);
  if (latest == nullptr) return {};
  const History history = HistoryOf(ratings.first(ratings.size() - 1), content, latest->instrument);
  std::vector<v1::SignalTest> tests = {FromLast(*latest, history),
                                       FromMean(codes::kFromMean, 1, *latest, history.baseline),
                                       FromMean(codes::kFarFromMean, 2, *latest, history.baseline)};
  for (v1::SignalTest& test : tests) test.set_content(content);
  return tests;
}

Finding EvaluateDrop(std::span<const RatingPoints> ratings) {
  Finding finding;
  finding.signal.set_kind(v1::SIGNAL_KIND_RUPTURE);
  finding.signal.set_rule_version(kRuleVersion);
  Worst worst;
  bool evaluable = false;
  for (const v1::Content content : kContents) {
    std::vector<v1::SignalTest> tests = TestDrop(ratings, content);
    Consider(content, tests, worst);
    for (v1::SignalTest& test : tests) {
      evaluable = evaluable || test.outcome() != v1::TEST_OUTCOME_NOT_EVALUABLE;
      *finding.signal.add_tests() = std::move(test);
    }
  }
  if (worst.moderate_parts >= 2) worst.evidence = v1::EVIDENCE_STRONG;
  if (worst.evidence == v1::EVIDENCE_UNSPECIFIED) {
    finding.result = evaluable ? Finding::Result::kNothing : Finding::Result::kNotEvaluable;
    return finding;
  }
  const ScorePoint& latest = *Find(ratings.back(), worst.content);
  v1::Signal& signal = finding.signal;
  signal.set_evidence(worst.evidence);
  signal.set_content(worst.content);
  signal.set_instrument(latest.instrument);
  signal.set_provisional(latest.provisional);
  signal.set_summary(words::DropSummary(worst.content, latest, signal.tests()));
  signal.set_next_step(words::DropNextStep(worst.content));
  finding.result =
      worst.evidence == v1::EVIDENCE_WEAK ? Finding::Result::kNotice : Finding::Result::kRaised;
  if (finding.result == Finding::Result::kRaised) {
    signal.set_level(worst.evidence == v1::EVIDENCE_STRONG ? v1::SIGNAL_LEVEL_ALERT
                                                           : v1::SIGNAL_LEVEL_WATCH);
  }
  return finding;
}

}  // namespace rapport::alliance
