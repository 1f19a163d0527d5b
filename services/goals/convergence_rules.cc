#include "goals/convergence_rules.h"

#include "goals/progress_rules.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace rapport::goals {
namespace {

using alliance::v1::EstimatePoint;
using alliance::v1::EstimateSeries;

// Of a helper, and not of how the family works together.
bool IsOfHelper(const EstimateSeries& series, const std::string& rater) {
  return series.rater() == rater && series.target().starts_with("professionals/");
}

double MeanOf(const std::vector<double>& all) {
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

// Sum of the products of the deviations from the means.
double CoDeviation(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = MeanOf(x), mean_y = MeanOf(y);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += (x[i] - mean_x) * (y[i] - mean_y);
  return sum;
}

// The mean task estimate of the helpers whom `member` rated in this session; nullopt: nobody.
std::optional<double> TaskIn(const std::string& session, const std::string& member,
                             const Estimates& estimates) {
  std::vector<double> tasks;
  for (const EstimateSeries& series : estimates) {
    if (!IsOfHelper(series, member)) continue;
    for (const EstimatePoint& point : series.points()) {
      if (point.session() == session && point.rated() && point.has_task()) {
        tasks.push_back(point.task().value());
      }
    }
  }
  return tasks.empty() ? std::nullopt : std::optional(MeanOf(tasks));
}

// The session in which homework that was agreed at this time was set: the last that had begun.
const HeldSession* SetIn(std::int64_t agreed_us, const std::vector<HeldSession>& sessions) {
  const HeldSession* last = nullptr;
  for (const HeldSession& one : sessions) {
    const bool begun = one.started_us <= agreed_us;
    if (begun && (last == nullptr || one.started_us > last->started_us)) last = &one;
  }
  return last;
}

}  // namespace

std::vector<v1::DoerAlliance> DoerAllianceOf(const v1::HomeworkTerms& terms,
                                             const Estimates& estimates) {
  std::vector<v1::DoerAlliance> all;
  for (const std::string& doer : terms.doers()) {
    for (const EstimateSeries& series : estimates) {
      if (!IsOfHelper(series, doer)) continue;
      const auto& points = series.points();
      const auto newest =
          std::find_if(points.rbegin(), points.rend(), [](const auto& one) { return one.rated(); });
      if (newest == points.rend() || (!newest->has_task() && !newest->has_goal())) continue;
      v1::DoerAlliance& one = all.emplace_back();
      one.set_doer(doer);
      one.set_helper(series.target());
      one.set_session(newest->session());
      *one.mutable_session_time() = newest->session_time();
      if (newest->has_task()) {
        one.set_task(newest->task().value());
        one.set_task_standard_error(newest->task().standard_error());
      }
      if (newest->has_goal()) {
        one.set_goal(newest->goal().value());
        one.set_goal_standard_error(newest->goal().standard_error());
      }
    }
  }
  return all;
}

v1::TaskConvergence TaskConvergenceOf(const Work& work, const std::string& member,
                                      const std::vector<HeldSession>& sessions,
                                      const Estimates& estimates) {
  std::vector<double> tasks, completions;
  for (const auto* stored : work.homework) {
    const v1::Homework& homework = stored->homework();
    if (!homework.has_agree_time() || !Contains(homework.terms().doers(), member)) continue;
    const v1::HomeworkReport* report = NewestReport(homework, member);
    const HeldSession* session = SetIn(Micros(homework.agree_time()), sessions);
    if (report == nullptr || session == nullptr) continue;
    const auto task = TaskIn(session->name, member, estimates);
    if (!task) continue;
    tasks.push_back(*task);
    completions.push_back(report->completion());
  }
  v1::TaskConvergence convergence;
  convergence.set_pairs(static_cast<int>(tasks.size()));
  if (const auto r = CorrelationOf(tasks, completions)) convergence.set_correlation(*r);
  return convergence;
}

std::optional<double> CorrelationOf(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.size() < kLeastPairs) return std::nullopt;
  const double scale = std::sqrt(CoDeviation(x, x) * CoDeviation(y, y));
  if (!(scale > 0)) return std::nullopt;
  return std::clamp(CoDeviation(x, y) / scale, -1.0, 1.0);
}

}  // namespace rapport::goals
