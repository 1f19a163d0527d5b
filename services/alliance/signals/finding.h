// What a rule found: a signal to raise, or the reason for none, with every test it ran.
//
// Made by the rules of this folder, used by the alliance service, which adds names, times and state
// and keeps one open signal per key. Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/signal.pb.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace rapport::alliance {

// Raised with each change of a rule or a threshold.
inline constexpr int kRuleVersion = 1;

struct Finding {
  enum class Result : std::uint8_t {
    kNotExpected,   // the rule is not about this person
    kSuppressed,    // a plan explains whatever is seen; nothing was tested
    kNotEvaluable,  // too little is known for any test: says nothing either way
    kNothing,       // tested, nothing to say
    kNotice,        // weak evidence only: kept with the tests, raises no signal
    kRaised,
  };
  Result result = Result::kNothing;
  // Tests always; when raised also kind, level, evidence, content, summary, next step, instrument,
  // rule version and provisional. Never names, times, state.
  v1::Signal signal;
};

// One test that could be run. `figures` is everything else that entered.
v1::SignalTest Evaluated(std::string_view code, double value, double threshold, bool fired,
                         std::initializer_list<std::pair<std::string_view, double>> figures = {});
// One test that could not.
v1::SignalTest NotEvaluable(
    std::string_view code, std::initializer_list<std::pair<std::string_view, double>> figures = {});

// Equal within rounding counts as reached: 1e-9 of the threshold's size.
bool AtLeast(double value, double threshold);
bool AtMost(double value, double threshold);

// What may be open once: the kind and whom it is about; for drops also the target.
std::string SignalKey(v1::SignalKind kind, std::string_view member, std::string_view target);

// An open signal after the same rule fired again: the new tests and words, the higher level and
// evidence, one more occurrence. Names, times, state and repairs stay.
struct Renewal {
  v1::Signal signal;
  bool stronger = false;  // level or evidence went up
};
Renewal Renew(const v1::Signal& open, const Finding& finding);

}  // namespace rapport::alliance
