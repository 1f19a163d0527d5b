#include "alliance/signals/rupture.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

// domain.md 8.5: back within a quarter SD of the level before.
constexpr double kTolerance = 0.25;

v1::Evidence EvidenceOf(const DecisionParameters& decision, double posterior) {
  if (posterior >= decision.strong) return v1::EVIDENCE_STRONG;
  if (posterior >= decision.moderate) return v1::EVIDENCE_MODERATE;
  return posterior >= decision.weak ? v1::EVIDENCE_WEAK : v1::EVIDENCE_UNSPECIFIED;
}

}  // namespace

void Decide(const DecisionParameters& decision, std::optional<double> value, double reference,
            bool beyond_cutoff, OpenEvent& event, Assessment& assessment) {
  assessment.evidence = EvidenceOf(decision, assessment.posterior);
  if (!event.open) {
    if (assessment.posterior < decision.moderate) return;
    event = {.open = true, .reference = reference};
    assessment.raised = true;
  }
  assessment.open = !event.decided;
  if (value && event.course.size() < kCourseMost) event.course.push_back(*value);
  const RepairRule rule{.tolerance = kTolerance,
                        .sessions = decision.repair_sessions,
                        .beyond_cutoff = beyond_cutoff};
  const bool over = assessment.posterior < decision.over;
  if (!event.decided && value) {
    assessment.repair = over ? CloseRepair(event.course, event.reference, rule)
                             : JudgeRepair(event.course, event.reference, rule);
    // A single good session is not enough to say that it is repaired.
    const bool settled = assessment.repair.result != RepairResult::kRepaired ||
                         assessment.posterior < decision.moderate;
    if (!settled) assessment.repair = {};
    event.decided = assessment.repair.result != RepairResult::kNone;
  }
  // A decided event stays until the posterior has gone down, so that it is not raised twice.
  if (over) event = {};
}

}  // namespace rapport::alliance
