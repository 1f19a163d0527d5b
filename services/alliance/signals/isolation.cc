#include "alliance/signals/isolation.h"

#include "alliance/signals/codes.h"
#include "alliance/signals/isolation_index.h"
#include "alliance/signals/isolation_triggers.h"
#include "alliance/signals/words.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

void AddFigure(v1::SignalTest& test, std::string_view code, std::optional<double> value) {
  if (!value) return;
  v1::Figure* figure = test.add_figures();
  figure->set_code(std::string(code));
  figure->set_value(*value);
}

v1::SignalTest IndexTest(std::string_view code, const IsolationIndex& index, double threshold) {
  v1::SignalTest test =
      index.index ? Evaluated(code, *index.index, threshold, AtLeast(*index.index, threshold))
                  : NotEvaluable(code);
  AddFigure(test, "bond", index.bond);
  AddFigure(test, "voice", index.voice);
  AddFigure(test, "presence", index.presence);
  AddFigure(test, "work", index.work);
  AddFigure(test, "silence", index.silence);
  AddFigure(test, "note", index.note);
  AddFigure(test, "weight_percent", index.weight_percent);
  return test;
}

bool Fired(const v1::SignalTest& test) { return test.outcome() == v1::TEST_OUTCOME_FIRED; }

v1::Evidence EvidenceOf(int triggers, bool alert, int weight_percent) {
  if (triggers >= 2 || (triggers == 1 && alert)) return v1::EVIDENCE_STRONG;
  if (triggers == 1 || (alert && weight_percent >= kSolidWeightPercent)) {
    return v1::EVIDENCE_MODERATE;
  }
  return v1::EVIDENCE_WEAK;
}

}  // namespace

Finding EvaluateIsolation(const FamilyFacts& family, std::size_t member) {
  const MemberFacts& facts = family.members[member];
  Finding finding;
  v1::Signal& signal = finding.signal;
  signal.set_kind(v1::SIGNAL_KIND_ISOLATION);
  signal.set_rule_version(kRuleVersion);
  if (!facts.expected && !facts.removed_without_reason) {
    finding.result = Finding::Result::kNotExpected;
    return finding;
  }
  if (facts.separate_by_plan || facts.no_form_for_age) {
    finding.result = Finding::Result::kSuppressed;
    return finding;
  }

  const IsolationIndex index = IndexOf(family, member);
  *signal.add_tests() = IndexTest(codes::kIndex, index, kIsolationAlert);
  *signal.add_tests() = IndexTest(codes::kWatch, index, kIsolationWatch);
  const bool alert = Fired(signal.tests(0));
  const bool watch = Fired(signal.tests(1));
  std::vector<v1::SignalTest> triggers = TestTriggers(family, member);
  const int fired = static_cast<int>(std::ranges::count_if(triggers, Fired));
  for (v1::SignalTest& trigger : triggers) *signal.add_tests() = std::move(trigger);

  if (fired == 0 && !watch) {
    // That nobody was removed is always known, and alone says nothing.
    const bool evaluable = std::ranges::any_of(signal.tests(), [](const v1::SignalTest& test) {
      return test.code() != codes::kRemoved && test.outcome() != v1::TEST_OUTCOME_NOT_EVALUABLE;
    });
    finding.result = evaluable ? Finding::Result::kNothing : Finding::Result::kNotEvaluable;
    return finding;
  }
  finding.result = Finding::Result::kRaised;
  signal.set_level(fired > 0 || alert ? v1::SIGNAL_LEVEL_ALERT : v1::SIGNAL_LEVEL_WATCH);
  signal.set_evidence(EvidenceOf(fired, alert, index.weight_percent));
  signal.set_instrument(index.instrument);
  signal.set_provisional(index.provisional);
  signal.set_summary(words::IsolationSummary(index, signal.tests()));
  signal.set_next_step(words::IsolationNextStep(index, signal.tests()));
  return finding;
}

}  // namespace rapport::alliance
