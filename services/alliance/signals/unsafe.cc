#include "alliance/signals/unsafe.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/measures.h"

#include <cmath>
#include <map>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

constexpr double kSafeAgainShare = 0.5;
// 1 % of a normal distribution lies above it.
constexpr double kOneInHundred = 2.326;

// 0 at the worst end of the range, 1 at the best.
double ShareOf(const Observation& latest) {
  const double above =
      latest.lower_better ? latest.highest - latest.value : latest.value - latest.lowest;
  return above / (latest.highest - latest.lowest);
}

SingleTest Test(std::string_view code, const Observation& latest, double value, double threshold,
                bool fired) {
  return {.code = code,
          .content = v1::CONTENT_SAFETY,
          .outcome = fired ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED,
          .value = value,
          .threshold = threshold,
          .instrument = latest.instrument};
}

SingleTest DropTest(const LevelParameters& level, const Observation& latest, double share,
                    const SafetyState& state) {
  const auto last = state.last_shares.find(latest.instrument);
  if (last == state.last_shares.end()) {
    return {
        .code = codes::kSafetyDrop, .content = v1::CONTENT_SAFETY, .instrument = latest.instrument};
  }
  const double range = latest.highest - latest.lowest;
  // Two quiet answers differ by their errors and by their days.
  const double variance = ErrorVariance(level, latest) + level.day_sd * level.day_sd +
                          level.family_day_sd * level.family_day_sd;
  const double threshold =
      kOneInHundred * std::numbers::sqrt2 * SdOf(level, latest) * std::sqrt(variance);
  const double drop = (last->second - share) * range;
  return Test(codes::kSafetyDrop, latest, drop, threshold, AtLeast(drop, threshold));
}

// All of a session that one rater said of one target: the lowest answer counts, whatever the form.
Draft AdvanceOne(const MonitorParameters& parameters, int session,
                 std::span<const Observation* const> answers, SafetyState& state) {
  const double low = parameters.decision.unsafe_share;
  Draft draft;
  Assessment& assessment = draft.assessment;
  const Observation* lowest = answers.front();
  bool is_low = false, fell = false;
  for (const Observation* latest : answers) {
    const double share = ShareOf(*latest);
    if (share < ShareOf(*lowest)) lowest = latest;
    assessment.tests.push_back(Test(codes::kSafetyLow, *latest, share, low, AtMost(share, low)));
    is_low = is_low || assessment.tests.back().outcome == v1::TEST_OUTCOME_FIRED;
    assessment.tests.push_back(DropTest(parameters.level, *latest, share, state));
    fell = fell || assessment.tests.back().outcome == v1::TEST_OUTCOME_FIRED;
    assessment.provisional = assessment.provisional || latest->provisional;
  }
  for (const Observation* latest : answers)
    state.last_shares[latest->instrument] = ShareOf(*latest);
  assessment.kind = v1::SIGNAL_KIND_UNSAFE;
  assessment.member = lowest->rater;
  assessment.target = lowest->target;
  assessment.content = v1::CONTENT_SAFETY;
  assessment.interpersonal = lowest->interpersonal;
  assessment.instrument = lowest->instrument;
  assessment.parameters_version = parameters.version;
  if (is_low) {
    assessment.evidence = v1::EVIDENCE_STRONG;
  } else if (fell) {
    assessment.evidence = v1::EVIDENCE_MODERATE;
  }
  assessment.open = is_low || fell || (state.raised.open && ShareOf(*lowest) < kSafeAgainShare);
  Track(session, state.raised, assessment);
  // Not a probability: the rule is a rule.
  assessment.posterior = assessment.open ? 1 : 0;
  return draft;
}

}  // namespace

void AdvanceSafety(const MonitorParameters& parameters, const SessionFacts& session,
                   FamilyMonitor& monitor, std::vector<Draft>& drafts) {
  // By rater and target, as signals are.
  std::map<std::pair<std::string, std::string>, std::vector<const Observation*>> all;
  for (const Observation& latest : session.observations) {
    if (latest.content != v1::CONTENT_SAFETY || latest.highest <= latest.lowest) continue;
    all[{latest.rater, latest.target}].push_back(&latest);
  }
  for (const auto& [key, answers] : all) {
    drafts.push_back(AdvanceOne(parameters, session.number, answers, monitor.safety[key]));
  }
}

}  // namespace rapport::alliance
