#include "bench/signals/rules.h"

#include "bench/signals/at.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace rapport::bench {
namespace {

constexpr double kSilent = std::numeric_limits<double>::quiet_NaN();
constexpr double kSrsCutoff = 36, kSrsDrop = 1;
constexpr std::size_t kBaselineMost = 6;

double Mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Deviation(std::span<const double> values) {
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double MovingRange(std::span<const double> values) {
  double sum = 0;
  for (std::size_t k = 1; k < values.size(); ++k) sum += std::abs(values[k] - values[k - 1]);
  return sum / static_cast<double>(values.size() - 1);
}

// One rater's ratings of one helper so far: the mean of the scores, and each.
struct History {
  const Form& form;
  std::vector<double> means;
  std::vector<std::vector<double>> scores;
  std::vector<char> fired;  // no part of a baseline

  void Take(std::span<const double> values) {
    means.push_back(Mean(values));
    scores.emplace_back(values.begin(), values.end());
    fired.push_back(false);
  }

  std::vector<double> Baseline() const {
    std::vector<double> baseline;
    for (std::size_t k = means.size() - 1; k-- > 0 && baseline.size() < kBaselineMost;) {
      if (!fired[k]) baseline.insert(baseline.begin(), means[k]);
    }
    return baseline;
  }

  static double ReliableChange(double sd, double error) { return 1.96 * std::sqrt(2 * error) * sd; }

  double MeanError() const {
    double sum = 0;
    for (const double error : form.error) sum += error;
    const auto count = static_cast<double>(form.error.size());
    return sum / (count * count);
  }

  // In reliable changes. Of the mean alone, or of whatever fell most.
  double Drop(bool any) const {
    const std::size_t now = means.size() - 1;
    double most = (means[now - 1] - means[now]) / ReliableChange(form.sd, MeanError());
    for (std::size_t c = 0; any && c < form.error.size(); ++c) {
      const double drop = scores[now - 1][c] - scores[now][c];
      most = std::max(most, drop / ReliableChange(form.sd, form.error[c]));
    }
    return most;
  }
};

double ControlChart(const History& history) {
  const std::vector<double> baseline = history.Baseline();
  if (baseline.size() < 5) return kSilent;
  const double mean = Mean(baseline);
  const double range = std::max(MovingRange(baseline), 0.25 * history.form.sd);
  const auto now = history.means.end();
  if (now[-1] < mean - 2.66 * range) return 1;
  const auto low = [&](double value) { return value < mean - 1.773 * range; };
  if (low(now[-1]) && (low(now[-2]) || low(now[-3]))) return 1;
  const bool falling = history.means.size() >= 7 &&
                       std::is_sorted(now - 7, now, [](double a, double b) { return a >= b; });
  return falling ? 1 : 0;
}

double OneFell(const History& history) {
  const std::size_t now = history.means.size() - 1;
  if (history.form.error.size() < 2) return kSilent;
  const bool flat = history.Drop(false) < 1;
  for (std::size_t c = 0; flat && c < history.form.error.size(); ++c) {
    if (history.scores[now - 1][c] - history.scores[now][c] >= 2) return 1;
  }
  return 0;
}

double BelowMean(const History& history, double times) {
  const std::vector<double> baseline = history.Baseline();
  if (baseline.size() < 3) return kSilent;
  const double scale = std::max(Deviation(baseline), history.form.sd);
  return Mean(baseline) - history.means.back() >= times * scale ? 1 : 0;
}

double Score(Rule rule, const History& history) {
  const bool srs = history.form.constructs[0] == Construct::kAlliance;
  const bool first = history.means.size() < 2;
  const double value = history.means.back();
  const double last = first ? value : history.means[history.means.size() - 2];
  switch (rule) {
    case Rule::kMarket:
      if (!srs) return kSilent;
      return value < kSrsCutoff || last - value >= kSrsDrop ? 1 : 0;
    case Rule::kR0:
      return !srs ? kSilent : value < kSrsCutoff ? 1 : 0;
    case Rule::kR1:
      return !srs || first ? kSilent : last - value >= kSrsDrop ? 1 : 0;
    case Rule::kDropSinceLast:
      return first ? kSilent : history.Drop(true);
    case Rule::kR2:
      return first ? kSilent : history.Drop(true) >= 1 ? 1 : 0;
    case Rule::kR3a:
      return BelowMean(history, 1);
    case Rule::kR3b:
      return BelowMean(history, 2);
    case Rule::kR4:
      return ControlChart(history);
    case Rule::kR6:
      return first ? kSilent : OneFell(history);
  }
  return kSilent;
}

}  // namespace

const char* NameOf(Rule rule) {
  switch (rule) {
    case Rule::kMarket:
      return "market rule (SRS)";
    case Rule::kR0:
      return "R0 below cut-off (SRS)";
    case Rule::kR1:
      return "R1 one point (SRS)";
    case Rule::kDropSinceLast:
      return "drop since last";
    case Rule::kR2:
      return "R2 reliable change";
    case Rule::kR3a:
      return "R3a 1 SD below mean";
    case Rule::kR3b:
      return "R3b 2 SD below mean";
    case Rule::kR4:
      return "R4 control chart";
    case Rule::kR6:
      return "R6 one score falls";
  }
  return "";
}

Statements Apply(Rule rule, const Family& family) {
  Statements result(SubjectsOf(family.Members(), family.helpers).size(),
                    std::vector<Statement>(family.sessions.size(), {.score = kSilent}));
  for (int i = 0; i < family.Members(); ++i) {
    const Form& form = *family.members[At(i)].form;
    for (int j = 0; j < family.helpers; ++j) {
      History history{form, {}, {}, {}};
      for (int t = 0; t < family.Sessions(); ++t) {
        const MemberSession& session = family.sessions[At(t)][At(i)];
        if (!session.rated) continue;
        const std::size_t scores = form.error.size();
        history.Take(std::span(session.seen).subspan(At(j) * scores, scores));
        const double score = Score(rule, history);
        history.fired.back() = score >= 1;
        result[At(RuptureAt(family.helpers, i, j))][At(t)].score = score;
      }
    }
  }
  return result;
}

}  // namespace rapport::bench
