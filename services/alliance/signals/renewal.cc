#include "alliance/signals/renewal.h"

#include "alliance/signals/codes.h"
#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

bool SaysTold(const v1::SignalTest& test) {
  return test.code() == codes::kReported && test.outcome() == v1::TEST_OUTCOME_FIRED;
}

}  // namespace

bool IsTold(const v1::Signal& signal) { return std::ranges::any_of(signal.tests(), SaysTold); }

std::string SignalKey(v1::SignalKind kind, std::string_view member, std::string_view target,
                      v1::Content content) {
  if (kind == v1::SIGNAL_KIND_SPLIT) {
    return Concat({std::to_string(kind), "/", std::to_string(content)});
  }
  if (kind == v1::SIGNAL_KIND_HELPER_SPLIT) target = "";
  return Concat({std::to_string(kind), "/", member, "/", target});
}

Renewal Renew(const v1::Signal& open, const v1::Signal& found) {
  Renewal renewal{.signal = open,
                  .stronger = found.level() > open.level() || found.evidence() > open.evidence()};
  v1::Signal& signal = renewal.signal;
  signal.set_level(std::max(open.level(), found.level()));
  signal.set_evidence(std::max(open.evidence(), found.evidence()));
  if (signal.kind() != v1::SIGNAL_KIND_SPLIT) signal.set_content(found.content());
  signal.set_interpersonal(found.interpersonal());
  signal.set_summary(found.summary());
  signal.set_next_step(found.next_step());
  *signal.mutable_tests() = found.tests();
  if (!IsTold(found)) {
    for (const v1::SignalTest& test : open.tests()) {
      if (SaysTold(test)) *signal.add_tests() = test;
    }
  }
  signal.set_instrument(found.instrument());
  signal.set_rule_version(found.rule_version());
  signal.set_parameters_version(found.parameters_version());
  signal.set_provisional(found.provisional());
  signal.clear_probability();
  if (found.has_probability()) *signal.mutable_probability() = found.probability();
  signal.set_occurrences(open.occurrences() + 1);
  return renewal;
}

}  // namespace rapport::alliance
