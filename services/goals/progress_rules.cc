#include "goals/progress_rules.h"

#include "goals/consensus_rules.h"

#include <limits>
#include <map>
#include <optional>

namespace rapport::goals {
namespace {

constexpr double kMostCompletion = 5;
constexpr std::size_t kLinkageSessions = 3;

// A mean as it grows. Whole numbers: exact whatever the order.
class Mean {
 public:
  void Add(double value) {
    sum_ += value;
    ++count_;
  }
  // Nullopt: of nothing.
  std::optional<double> Value(double of = 1) const {
    return count_ == 0 ? std::nullopt : std::optional(sum_ / (of * count_));
  }

 private:
  double sum_ = 0;
  int count_ = 0;
};

std::vector<HeldSession> ByStart(std::vector<HeldSession> sessions) {
  std::sort(sessions.begin(), sessions.end(),
            [](const auto& one, const auto& other) { return one.started_us < other.started_us; });
  return sessions;
}

bool EverybodyAcceptedThemselves(const v1::Homework& homework) {
  return std::none_of(homework.responses().begin(), homework.responses().end(),
                      [](const auto& one) { return one.recorded_for_responder(); });
}

// Reviewed in the first session that began once it was due, or before. Nullopt: there is no such
// session.
std::optional<bool> ReviewedNextSession(const v1::Homework& homework,
                                        const std::vector<HeldSession>& by_start) {
  const std::int64_t due_us = Micros(homework.terms().due_time());
  const auto next = std::find_if(by_start.begin(), by_start.end(),
                                 [&](const auto& one) { return one.started_us >= due_us; });
  if (next == by_start.end()) return std::nullopt;
  if (!homework.has_review()) return false;
  return homework.review().session() == next->name ||
         Micros(homework.review().review_time()) < next->ended_us;
}

std::optional<double> GoalLinkage(const Work& work, const std::vector<HeldSession>& by_start) {
  const std::int64_t since_us = by_start.size() < kLinkageSessions
                                    ? std::numeric_limits<std::int64_t>::min()
                                    : by_start[by_start.size() - kLinkageSessions].started_us;
  Mean linked;
  for (const v1::Goal* goal : work.goals) {
    if (goal->state() != v1::GOAL_STATE_ACTIVE) continue;
    const bool has = std::any_of(work.homework.begin(), work.homework.end(), [&](const auto* one) {
      const v1::Homework& homework = one->homework();
      const auto& links = homework.terms().goals();
      return homework.has_agree_time() && Micros(homework.agree_time()) >= since_us &&
             std::any_of(links.begin(), links.end(),
                         [&](const auto& link) { return link.goal() == goal->name(); });
    });
    linked.Add(has ? 1 : 0);
  }
  return linked.Value();
}

}  // namespace

const v1::HomeworkReport* NewestReport(const v1::Homework& homework, const std::string& doer) {
  const v1::HomeworkReport* newest = nullptr;
  for (const v1::HomeworkReport& one : homework.reports()) {
    if (one.doer() == doer) newest = &one;
  }
  return newest;
}

std::vector<v1::ConsensusPoint> ConsensusOverTime(StanceVersions versions,
                                                  const MembersAt& members_at) {
  versions = InOrderOf(std::move(versions), [](const auto& one) { return Micros(one.set_time()); });
  std::map<std::string, v1::StanceKind> newest;
  std::vector<v1::ConsensusPoint> points;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const v1::Stance& stance = versions[i];
    if (!stance.holder().starts_with("families/")) continue;
    newest[stance.holder()] = stance.kind();
    const std::int64_t at_us = Micros(stance.set_time());
    std::vector<v1::StanceKind> kinds;
    for (const std::string& member : members_at(at_us)) {
      const auto found = newest.find(member);
      kinds.push_back(found == newest.end() ? v1::STANCE_KIND_UNSPECIFIED : found->second);
    }
    const Consensus consensus = ConsensusOf(kinds);
    const bool same_time = !points.empty() && Micros(points.back().time()) == at_us;
    v1::ConsensusPoint& point = same_time ? points.back() : points.emplace_back();
    point.Clear();
    *point.mutable_time() = stance.set_time();
    if (consensus.index) point.set_consensus(*consensus.index);
    if (consensus.coverage) point.set_coverage(*consensus.coverage);
    point.set_shared_goal(consensus.shared);
  }
  if (points.size() > kMostPoints) points.erase(points.begin(), points.end() - kMostPoints);
  return points;
}

v1::HomeworkProgress HomeworkProgressOf(const Work& work,
                                        const std::vector<HeldSession>& sessions) {
  const std::vector<HeldSession> by_start = ByStart(sessions);
  Mean agreed, two_sided, lead_us, completion, reviewed;
  for (const auto* stored : work.homework) {
    const v1::Homework& homework = stored->homework();
    agreed.Add(homework.has_agree_time() ? 1 : 0);
    if (!homework.has_agree_time()) continue;
    two_sided.Add(EverybodyAcceptedThemselves(homework) ? 1 : 0);
    lead_us.Add(static_cast<double>(Micros(homework.agree_time()) - stored->proposed_us()));
    for (const std::string& doer : homework.terms().doers()) {
      if (const auto* report = NewestReport(homework, doer)) completion.Add(report->completion());
    }
    if (const auto next = ReviewedNextSession(homework, by_start)) reviewed.Add(*next ? 1 : 0);
  }
  v1::HomeworkProgress progress;
  progress.set_proposed(static_cast<int>(work.homework.size()));
  progress.set_agreed(static_cast<int>(
      std::count_if(work.homework.begin(), work.homework.end(),
                    [](const auto* one) { return one->homework().has_agree_time(); })));
  if (const auto rate = agreed.Value()) progress.set_agreement_rate(*rate);
  if (const auto rate = two_sided.Value()) progress.set_two_sided_rate(*rate);
  if (const auto mean = lead_us.Value()) {
    const auto whole_us = static_cast<std::int64_t>(*mean);
    progress.mutable_mean_lead_time()->set_seconds(whole_us / 1'000'000);
    progress.mutable_mean_lead_time()->set_nanos(static_cast<int>(whole_us % 1'000'000) * 1'000);
  }
  if (const auto mean = completion.Value(kMostCompletion)) progress.set_completion(*mean);
  if (const auto rate = reviewed.Value()) progress.set_reviewed_next_session_rate(*rate);
  if (const auto share = GoalLinkage(work, by_start)) progress.set_goal_linkage(*share);
  return progress;
}

v1::DoerProgress DoerProgressOf(const Work& work, const std::string& member) {
  v1::DoerProgress progress;
  progress.set_member(member);
  Mean completion, usefulness, difficulty;
  for (const auto* stored : work.homework) {
    const v1::Homework& homework = stored->homework();
    if (!homework.has_agree_time() || !Contains(homework.terms().doers(), member)) continue;
    progress.set_agreed(progress.agreed() + 1);
    const v1::HomeworkReport* report = NewestReport(homework, member);
    if (report == nullptr) continue;
    progress.set_reported(progress.reported() + 1);
    completion.Add(report->completion());
    if (report->has_usefulness()) usefulness.Add(report->usefulness());
    if (report->has_difficulty()) difficulty.Add(report->difficulty());
  }
  if (const auto mean = completion.Value(kMostCompletion)) progress.set_completion(*mean);
  if (const auto mean = usefulness.Value()) progress.set_usefulness(*mean);
  if (const auto mean = difficulty.Value()) progress.set_difficulty(*mean);
  return progress;
}

}  // namespace rapport::goals
