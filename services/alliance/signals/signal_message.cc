#include "alliance/signals/signal_message.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/words.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

bool IsTold(const Assessment& assessment) {
  return assessment.kind == v1::SIGNAL_KIND_RUPTURE &&
         std::ranges::any_of(assessment.tests, [](const SingleTest& test) {
           return test.code == codes::kReported && test.outcome == v1::TEST_OUTCOME_FIRED;
         });
}

// A trigger of isolation, but that of many forms half of all quiet raters are beyond the cut-off
// now and then; a low answer to safety, but not one that is only lower than before.
bool MakesAlert(v1::SignalKind kind, const SingleTest& test) {
  if (test.outcome != v1::TEST_OUTCOME_FIRED) return false;
  if (kind == v1::SIGNAL_KIND_UNSAFE) return test.code == codes::kSafetyLow;
  return kind == v1::SIGNAL_KIND_ISOLATION && test.code != codes::kBelowCutoff;
}

}  // namespace

v1::SignalLevel LevelOf(const Assessment& assessment) {
  const bool alert = IsTold(assessment) || assessment.evidence == v1::EVIDENCE_STRONG ||
                     std::ranges::any_of(assessment.tests, [&](const SingleTest& test) {
                       return MakesAlert(assessment.kind, test);
                     });
  return alert ? v1::SIGNAL_LEVEL_ALERT : v1::SIGNAL_LEVEL_WATCH;
}

bool Speaks(const Assessment& assessment) {
  if (!assessment.open) return false;
  if (assessment.kind == v1::SIGNAL_KIND_CEILING) return true;
  return assessment.evidence != v1::EVIDENCE_UNSPECIFIED;
}

v1::Signal SignalOf(const Assessment& assessment, const SessionFacts& session, WhoIsLow who,
                    NeedLevel level) {
  v1::Signal signal;
  signal.set_kind(assessment.kind);
  signal.set_level(LevelOf(assessment));
  signal.set_evidence(assessment.evidence);
  signal.set_member(assessment.member);
  signal.set_target(assessment.target);
  signal.set_content(assessment.content);
  signal.set_interpersonal(assessment.interpersonal);
  signal.set_summary(words::SummaryOf(assessment, session));
  signal.set_next_step(std::string(SuggestionFor(assessment.kind, assessment.content, level, who)));
  for (const SingleTest& test : assessment.tests) *signal.add_tests() = ToMessage(test);
  signal.set_instrument(assessment.instrument);
  signal.set_rule_version(assessment.rule_version);
  signal.set_parameters_version(assessment.parameters_version);
  signal.set_provisional(assessment.provisional);
  return signal;
}

}  // namespace rapport::alliance
