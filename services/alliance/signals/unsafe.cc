#include "alliance/signals/unsafe.h"

#include "alliance/scoring/error.h"
#include "alliance/signals/codes.h"
#include "alliance/signals/measures.h"

#include <cmath>
#include <numbers>

namespace rapport::alliance {
namespace {

constexpr double kSafeAgainShare = 0.5;

// 0 at the worst end of the range, 1 at the best.
double ShareOf(const Observation& latest) {
  const double above =
      latest.lower_better ? latest.highest - latest.value : latest.value - latest.lowest;
  return above / (latest.highest - latest.lowest);
}

SingleTest Test(std::string_view code, double value, double threshold, bool fired) {
  return {.code = code,
          .content = v1::CONTENT_SAFETY,
          .outcome = fired ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED,
          .value = value,
          .threshold = threshold};
}

SingleTest DropTest(const LevelParameters& level, const Observation& latest, double share,
                    const SafetyState& state) {
  if (!state.last_share || state.instrument != latest.instrument) {
    return {.code = codes::kSafetyDrop, .content = v1::CONTENT_SAFETY};
  }
  const double range = latest.highest - latest.lowest;
  const double error = SdOf(level, latest) * std::sqrt(ErrorVariance(level, latest));
  const double threshold = kCritical95 * std::numbers::sqrt2 * error;
  const double drop = (*state.last_share - share) * range;
  return Test(codes::kSafetyDrop, drop, threshold, AtLeast(drop, threshold));
}

Draft AdvanceOne(const MonitorParameters& parameters, int session, const Observation& latest,
                 SafetyState& state) {
  const double share = ShareOf(latest);
  const double low = parameters.decision.unsafe_share;
  Draft draft;
  Assessment& assessment = draft.assessment;
  assessment.kind = v1::SIGNAL_KIND_UNSAFE;
  assessment.member = latest.rater;
  assessment.target = latest.target;
  assessment.content = v1::CONTENT_SAFETY;
  assessment.interpersonal = latest.interpersonal;
  assessment.instrument = latest.instrument;
  assessment.provisional = latest.provisional;
  assessment.parameters_version = parameters.version;
  assessment.tests = {Test(codes::kSafetyLow, share, low, AtMost(share, low)),
                      DropTest(parameters.level, latest, share, state)};
  const bool is_low = assessment.tests[0].outcome == v1::TEST_OUTCOME_FIRED;
  const bool fell = assessment.tests[1].outcome == v1::TEST_OUTCOME_FIRED;
  if (is_low) {
    assessment.evidence = v1::EVIDENCE_STRONG;
  } else if (fell) {
    assessment.evidence = v1::EVIDENCE_MODERATE;
  }
  assessment.open = is_low || fell || (state.raised.open && share < kSafeAgainShare);
  Track(session, state.raised, assessment);
  // Not a probability: the rule is a rule.
  assessment.posterior = assessment.open ? 1 : 0;
  state.last_share = share;
  state.instrument = latest.instrument;
  return draft;
}

}  // namespace

void AdvanceSafety(const MonitorParameters& parameters, const SessionFacts& session,
                   FamilyMonitor& monitor, std::vector<Draft>& drafts) {
  for (const Observation& latest : session.observations) {
    if (latest.content != v1::CONTENT_SAFETY || latest.highest <= latest.lowest) continue;
    SafetyState& state = monitor.safety[{latest.rater, latest.target, latest.interpersonal}];
    drafts.push_back(AdvanceOne(parameters, session.number, latest, state));
  }
}

}  // namespace rapport::alliance
