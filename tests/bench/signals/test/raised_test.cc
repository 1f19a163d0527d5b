// What the service raises, on the families that its thresholds were set on: about as many false
// alarms as issue 4 compares detectors at, as a mean over two sorts of families.
#include "bench/signals/monitor_adapter.h"
#include "bench/signals/test/worlds.h"
#include "bench/signals/trial.h"

#include <algorithm>

namespace rapport::bench {
namespace {

std::array<Counts, kKinds> Raised(const char* file) {
  const Parameters parameters = Shipped(file);
  Trial trial{
      .detectors = {{.name = "raised",
                     .state = [](const Family& family) { return AskMonitor({}, family).raised; },
                     .all_claims = true}}};
  return Count(SimulateCourses(parameters, kTuning, 10'000, trial), 0, {1, 1, 1});
}

TEST(Raised, AboutTwoFalseAlarmsInAHundredRatedSessionsOfEachKind) {
  const auto one = Raised("default.yaml"), other = Raised("other.yaml");
  for (const std::size_t kind : {0, 2, 3}) {  // where the false alarms of a claim stand
    const double a = one[kind].FalsePer100(), b = other[kind].FalsePer100();
    EXPECT_NEAR((a + b) / 2, 2, 0.5) << kind << ": " << a << " and " << b;
    EXPECT_GT(std::min(a, b), 0.8) << kind;
    EXPECT_LT(std::max(a, b), 3.5) << kind;
  }
}

}  // namespace
}  // namespace rapport::bench
