#include "alliance/signals/draft.h"

#include <algorithm>
#include <map>

namespace rapport::alliance {
namespace {

// domain.md 8.5: back within a quarter SD of the level before.
constexpr double kTolerance = 0.25;
// A posterior above it has odds that no longer fit a double.
constexpr double kCertain = 1 - 1e-12;

v1::Evidence EvidenceOf(const DecisionParameters& decision, double posterior) {
  if (posterior >= decision.strong) return v1::EVIDENCE_STRONG;
  if (posterior >= decision.moderate) return v1::EVIDENCE_MODERATE;
  return posterior >= decision.weak ? v1::EVIDENCE_WEAK : v1::EVIDENCE_UNSPECIFIED;
}

// An event that is open: is it over, and how did it end?
void Follow(const DecisionParameters& decision, Draft& draft) {
  Assessment& assessment = draft.assessment;
  OpenEvent& event = *draft.event;
  assessment.open = !event.decided;
  assessment.since = event.since;
  if (draft.value && event.course.size() < kCourseMost) event.course.push_back(*draft.value);
  const RepairRule rule{.tolerance = kTolerance,
                        .sessions = decision.repair_sessions,
                        .beyond_cutoff = draft.beyond_cutoff};
  const bool over = assessment.posterior < decision.over;
  if (!event.decided && draft.value) {
    RepairView repair = over ? CloseRepair(event.course, event.reference, rule)
                             : JudgeRepair(event.course, event.reference, rule);
    // A single good session is not enough to say that it is repaired.
    const bool settled =
        repair.result != RepairResult::kRepaired || assessment.posterior < decision.moderate;
    if (settled) assessment.repair = repair;
    event.decided = assessment.repair.result != RepairResult::kNone;
  }
  // A decided event stays until the posterior has gone down, so that it is not raised twice.
  if (over) event = {};
}

// Somebody said so: open whatever the posterior says, and not judged by ratings of the same day. It
// begins anew where an earlier event is over for everybody but the posterior.
void AddTold(int session, Draft& draft) {
  Assessment& assessment = draft.assessment;
  OpenEvent& event = *draft.event;
  if (!event.open || event.decided) event = {.open = true, .reference = draft.reference};
  event.since = session;
  if (draft.value && event.course.size() < kCourseMost) event.course.push_back(*draft.value);
  assessment.raised = assessment.open = true;
  assessment.since = session;
  assessment.evidence = std::max(assessment.evidence, v1::EVIDENCE_MODERATE);
}

// A fact that is reason enough to ask opens the signal whatever the posterior says.
void AddHardTriggers(int session, Draft& draft) {
  Assessment& assessment = draft.assessment;
  const bool hard = std::ranges::any_of(assessment.tests, [](const SingleTest& test) {
    return test.outcome == v1::TEST_OUTCOME_FIRED;
  });
  if (hard) assessment.evidence = std::max(assessment.evidence, v1::EVIDENCE_MODERATE);
  assessment.open = assessment.open || hard;
  Track(session, *draft.hard, assessment);
}

}  // namespace

void Track(int session, Opening& opening, Assessment& assessment) {
  assessment.raised = assessment.open && !opening.open;
  if (assessment.raised) opening.since = session;
  opening.open = assessment.open;
  if (!opening.open) opening.since = 0;
  assessment.since = opening.since;
}

void Compete(std::span<Draft> drafts) {
  const auto competes = [](const Assessment& one) {
    return one.kind == v1::SIGNAL_KIND_RUPTURE || one.kind == v1::SIGNAL_KIND_SPLIT ||
           one.kind == v1::SIGNAL_KIND_ISOLATION;
  };
  const auto odds = [](const Assessment& one) {
    const double posterior = std::min(one.posterior, kCertain);
    return posterior / (1 - posterior);
  };
  std::map<std::string, double> total;
  for (const Draft& draft : drafts) {
    if (competes(draft.assessment)) total[draft.assessment.member] += odds(draft.assessment);
  }
  for (Draft& draft : drafts) {
    Assessment& one = draft.assessment;
    if (competes(one)) one.posterior = odds(one) / (1 + total[one.member]);
  }
}

void Decide(const DecisionParameters& decision, int session, Draft& draft) {
  if (draft.event == nullptr) return;
  Assessment& assessment = draft.assessment;
  OpenEvent& event = *draft.event;
  assessment.evidence = EvidenceOf(decision, assessment.posterior);
  if (draft.told) return AddTold(session, draft);
  if (!event.open && assessment.posterior >= decision.moderate) {
    event = {.open = true, .since = session, .reference = draft.reference};
    assessment.raised = true;
  }
  if (event.open) Follow(decision, draft);
  if (draft.hard != nullptr) AddHardTriggers(session, draft);
}

}  // namespace rapport::alliance
