// The single tests of a rupture, R0 to R8 without R5, as research and products use them, corrected
// for what they get wrong (METHOD.md): each is kept with every assessment, none decides alone.
//
// Called by the family monitor for each content of each series and form. Values are in score
// points, turned so that a drop is positive; only values of the same form are compared. Pure.
#pragma once

#include "alliance/signals/session_facts.h"
#include "alliance/signals/threshold.h"
#include "rapport/alliance/v1/signal.pb.h"

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::alliance {

// Values of one content with one form, oldest first. Given during an open event: not in `baseline`.
struct TestHistory {
  std::optional<double> last;
  std::deque<double> baseline;  // at most 6
  std::deque<double> values;    // the latest, events included, at most 6
  bool last_quiet = false;      // `last` was, and ends the baseline
  int at_top = 0;               // in a row, at the top share of the range without any variance
  // Squared differences of successive quiet values, halved: the within-person variance.
  double within_sum = 0;
  int within_count = 0;
};

// One test of one content. Plain, since a session makes dozens.
struct SingleTest {
  std::string_view code;
  v1::Content content = v1::CONTENT_UNSPECIFIED;
  v1::TestOutcome outcome = v1::TEST_OUTCOME_NOT_EVALUABLE;
  double value = 0;
  double threshold = 0;
  std::string instrument;  // whose values were compared; empty: of none, or of several
};
v1::SignalTest ToMessage(const SingleTest& test);

// What besides the content's own history enters.
struct TestContext {
  int contents = 1;                  // tested together, for the correction of R6
  std::optional<double> total_drop;  // since the last, in SD; absent: nothing to compare
  bool reported = false;             // R7
  double ceiling_share = 0.975;
  int ceiling_sessions = 4;
};

// Every test of the newest value against what came before; then Remember() it.
std::vector<SingleTest> RunTests(const TestHistory& history, const Observation& latest, double sd,
                                 double error_sd, const TestContext& context);
void Remember(const Observation& latest, bool event_open, double ceiling_share,
              TestHistory& history);

}  // namespace rapport::alliance
