#include "alliance/signals/finding.h"

#include "platform/base/strings.h"

#include <algorithm>
#include <cmath>

namespace rapport::alliance {
namespace {

v1::SignalTest Test(std::string_view code, v1::TestOutcome outcome,
                    std::initializer_list<std::pair<std::string_view, double>> figures) {
  v1::SignalTest test;
  test.set_code(std::string(code));
  test.set_outcome(outcome);
  for (const auto& [name, value] : figures) {
    v1::Figure* figure = test.add_figures();
    figure->set_code(std::string(name));
    figure->set_value(value);
  }
  return test;
}

double Slack(double threshold) { return 1e-9 * std::max(1.0, std::fabs(threshold)); }

}  // namespace

v1::SignalTest Evaluated(std::string_view code, double value, double threshold, bool fired,
                         std::initializer_list<std::pair<std::string_view, double>> figures) {
  v1::SignalTest test =
      Test(code, fired ? v1::TEST_OUTCOME_FIRED : v1::TEST_OUTCOME_PASSED, figures);
  test.set_value(value);
  test.set_threshold(threshold);
  return test;
}

v1::SignalTest NotEvaluable(std::string_view code,
                            std::initializer_list<std::pair<std::string_view, double>> figures) {
  return Test(code, v1::TEST_OUTCOME_NOT_EVALUABLE, figures);
}

bool AtLeast(double value, double threshold) { return value >= threshold - Slack(threshold); }

bool AtMost(double value, double threshold) { return value <= threshold + Slack(threshold); }

std::string SignalKey(v1::SignalKind kind, std::string_view member, std::string_view target) {
  return Concat({std::to_string(kind), "/", member, "/",
                 kind == v1::SIGNAL_KIND_ISOLATION ? std::string_view() : target});
}

Renewal Renew(const v1::Signal& open, const Finding& finding) {
  const v1::Signal& found = finding.signal;
  Renewal renewal{.signal = open,
                  .stronger = found.level() > open.level() || found.evidence() > open.evidence()};
  v1::Signal& signal = renewal.signal;
  signal.set_level(std::max(open.level(), found.level()));
  signal.set_evidence(std::max(open.evidence(), found.evidence()));
  signal.set_content(found.content());
  signal.set_summary(found.summary());
  signal.set_next_step(found.next_step());
  *signal.mutable_tests() = found.tests();
  signal.set_instrument(found.instrument());
  signal.set_rule_version(found.rule_version());
  signal.set_provisional(found.provisional());
  signal.set_occurrences(open.occurrences() + 1);
  return renewal;
}

}  // namespace rapport::alliance
